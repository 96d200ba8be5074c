package io.polylog.broker.proof;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Everything a broker gives, on one engine. Cases run side by side: they mostly wait for silence.
@Execution(ExecutionMode.CONCURRENT)
abstract class WholeContract
        implements DefinitionsContract,
                PublishContract,
                ConsumeContract,
                SharedCreditContract,
                SubscriptionContract,
                SubscriptionEndContract,
                CursorContract,
                SettleContract,
                PolicyContract,
                RuleContract,
                SchemaContract,
                DelayContract,
                ServiceContract,
                KeyOrderContract,
                FairShareContract,
                DeduplicationContract,
                PlacementContract,
                FilterContract,
                BindingFilterContract,
                OwnFilterContract,
                InterestContract,
                KeepContract,
                ExpectationContract,
                DecidingContract,
                ConditionalTransactionContract,
                TopicLimitContract,
                WantedContract,
                TransactionContract,
                DeadLetterContract,
                RedriveContract,
                BrowseContract,
                LastErrorContract,
                AppendContract,
                ReadContract,
                RetentionContract,
                RemovalContract,
                LifetimeContract,
                SubjectsContract,
                CompactionContract,
                InternalStreamContract,
                SubjectContract,
                LiveContract {
    private Rig.@Nullable Durable rig;

    abstract Rig.Durable makeRig();

    @BeforeEach
    void start() {
        rig = makeRig();
    }

    @AfterEach
    void stop() {
        rig().close();
    }

    @Override
    public Rig.Durable rig() {
        Rig.Durable running = rig;
        if (running == null) {
            throw new IllegalStateException("not started");
        }
        return running;
    }

    /// With what outlives the process.
    abstract static class Durable extends WholeContract
            implements DurabilityContract,
                    TransactionDurabilityContract,
                    KeyOrderContract.Durable,
                    FairShareContract.Durable,
                    DeduplicationContract.Durable,
                    PlacementContract.Durable,
                    ExpectationContract.Durable,
                    TopicLimitContract.Durable,
                    WantedContract.Durable,
                    RuleContract.Durable,
                    RedriveContract.Durable,
                    BrowseContract.Durable,
                    LastErrorContract.Durable,
                    FilterContract.Durable,
                    BindingFilterContract.Durable,
                    OwnFilterContract.Durable,
                    KeepContract.Durable,
                    RemovalContract.Durable,
                    LifetimeContract.Durable,
                    SubjectsContract.Durable,
                    InterestContract.Durable {}
}
