package io.polylog.broker.core;

import io.polylog.broker.Broker;
import io.polylog.broker.BrokerException;
import io.polylog.broker.Definitions;
import io.polylog.broker.InternalStream;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.Session;
import io.polylog.broker.Topic;
import io.polylog.broker.command.DropTransientCommand;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.live.LiveOutlet;
import io.polylog.broker.live.LiveTable;
import io.polylog.broker.meta.Catalog;
import io.polylog.broker.meta.MetaMachine;
import io.polylog.broker.shard.Removals;
import io.polylog.broker.shard.ShardPort;
import io.polylog.broker.shard.Watch;
import io.polylog.io.Clock;
import io.polylog.io.Entropy;
import io.polylog.io.Scheduler;
import io.polylog.log.Batch;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import io.polylog.log.ShardLog;
import io.polylog.security.Permissions;
import io.polylog.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The broker: machines and logs wired together. Any thread.
public final class Core implements Broker {
    private static final long RETRY_NANOS = 20_000_000;
    private static final Mailbox AT_ONCE = Runnable::run;

    private final MetaMachine metaMachine;
    private final ShardLog meta;
    private final List<ShardPort> ports;
    private final ShardPort memory;
    private final Surroundings surroundings;
    private final Damages damages;
    private final ShardStreams streams = new ShardStreams(this);
    private final TopicRemoval removal = new TopicRemoval(this);
    private final ProducerIds producerIds = new ProducerIds(this);
    private final InternalStreams internalStreams = new InternalStreams(this);
    private final RetentionSweep retention = new RetentionSweep(this);
    private final ExpirySweep expiry;
    private final DueTimers dueTimers;
    private final Sieves sieves;
    private final Ways ways = new Ways(this);
    private final Schemas schemas;
    private final FilterSweep filters = new FilterSweep(this);
    private final FilterLookahead lookahead = new FilterLookahead(this);
    private final IdleQueues idleQueues;
    private final Mover mover;
    private final Removals removals;
    private final LiveTable listeners = new LiveTable();
    private final LiveOutlet outlet = new LiveOutlet(AT_ONCE, () -> {});
    private final Compactor compactor = new Compactor(this);
    private final Growth growth = new Growth();
    private final AtomicLong nextSession = new AtomicLong(1);

    private Core(CoreMachines machines, Logs logs, Surroundings surroundings) {
        this.metaMachine = machines.meta();
        this.meta = logs.meta();
        this.surroundings = surroundings;
        this.damages = machines.damages();
        expiry = new ExpirySweep(this);
        dueTimers = new DueTimers(this);
        removals = machines.removals();
        sieves = new Sieves(surroundings.opener(), removals);
        schemas = new Schemas(surroundings.opener());
        idleQueues = new IdleQueues(this);
        mover = new Mover(this, removals);
        List<ShardPort> made = new ArrayList<>();
        for (int shard = 0; shard < machines.shards(); shard++) {
            made.add(new ShardPort(shard, machines.data(shard), logs.data().get(shard)));
        }
        ports = List.copyOf(made);
        memory = new ShardPort(StreamId.MEMORY_SHARD, machines.memory(), logs.memory());
    }

    /// Starts the broker on logs that are recovered and lead. Blocks until what did not survive the
    /// last end is removed and every topic's streams are open.
    ///
    /// @param machines those the logs were opened with
    public static Broker start(CoreMachines machines, Logs logs, Surroundings surroundings) {
        return join(starting(machines, logs, surroundings));
    }

    /// As [#start], without blocking.
    public static CompletionStage<Broker> starting(
            CoreMachines machines, Logs logs, Surroundings surroundings) {
        Core core = new Core(machines, logs, surroundings);
        // A task may run behind what is proposed after it: wait, or a topic gets no streams.
        CompletableFuture<@Nullable Void> heard = new CompletableFuture<>();
        logs.meta()
                .execute(() -> {
                    core.metaMachine.streams(core.streams);
                    heard.complete(null);
                });
        HeadWriter head = new HeadWriter(8);
        new DropTransientCommand(0).encode(head);
        return heard.thenCompose(_ ->
                        core.insistOnDefinition(Definer.command(DropTransientCommand.TYPE, head)))
                .thenCompose(_ -> new Reconciliation(core).run())
                .thenCompose(_ -> new TransactionRecovery(core).run())
                .thenApply(_ -> {
                    core.allPorts().forEach(port -> port.begin(core.watch(port)));
                    core.catalog().everyTopic().forEach(core.retention::watch);
                    core.catalog().everyTopic().forEach(core.compactor::watch);
                    core.catalog().everyTopic().forEach(core.idleQueues::watch);
                    return core;
                });
    }

    private Watch watch(ShardPort port) {
        return new Watch() {
            @Override
            public void headChanged(long subscription) {
                expiry.headChanged(subscription);
            }

            @Override
            public void due(long atMs) {
                dueTimers.due(port, atMs);
            }

            @Override
            public void sends(long stream) {
                mover.sends(stream);
            }

            @Override
            public void sifts(long subscription) {
                filters.sifts(subscription);
            }

            @Override
            public void looks(long subscription) {
                lookahead.looks(subscription);
            }
        };
    }

    // What sessions use ------------------------------------------------------------------------

    Catalog catalog() {
        return metaMachine.catalog();
    }

    ShardPort port(int shard) {
        return shard == StreamId.MEMORY_SHARD ? memory : ports.get(shard);
    }

    /// All shards, the one in memory too.
    List<ShardPort> allPorts() {
        List<ShardPort> all = new ArrayList<>(ports);
        all.add(memory);
        return all;
    }

    int shards() {
        return ports.size();
    }

    ShardStreams streams() {
        return streams;
    }

    RetentionSweep retention() {
        return retention;
    }

    Mover mover() {
        return mover;
    }

    Removals removals() {
        return removals;
    }

    IdleQueues idleQueues() {
        return idleQueues;
    }

    Compactor compactor() {
        return compactor;
    }

    /// Sends what no session publishes to those who listen.
    LiveOutlet outlet() {
        return outlet;
    }

    LiveTable listeners() {
        return listeners;
    }

    Growth growth() {
        return growth;
    }

    TopicRemoval removal() {
        return removal;
    }

    Damages damages() {
        return damages;
    }

    ProducerIds producerIds() {
        return producerIds;
    }

    Permissions permissions() {
        return surroundings.permissions();
    }

    Entropy entropy() {
        return surroundings.entropy();
    }

    Sieves sieves() {
        return sieves;
    }

    Ways ways() {
        return ways;
    }

    Surroundings.Opener opener() {
        return surroundings.opener();
    }

    Schemas schemas() {
        return schemas;
    }

    /// What an exchange may ask of a stored message.
    Metadata metadata(Content content) {
        return surroundings.opener().open(content);
    }

    Clock clock() {
        return surroundings.clock();
    }

    Scheduler scheduler() {
        return surroundings.scheduler();
    }

    /// Proposes a definition; the stage completes on the mailbox.
    CompletionStage<Object> define(Mailbox mailbox, Command command, Urgency urgency) {
        Ask ask = new Ask(mailbox);
        meta.propose(ask.batch(command, urgency));
        return ask.answer();
    }

    /// Proposes a definition; the proposer hears how it went.
    void proposeDefinition(Batch batch) {
        meta.propose(batch);
    }

    /// Proposes a definition until it is taken: one that may be proposed twice.
    CompletionStage<Object> insistOnDefinition(Command command) {
        CompletableFuture<Object> done = new CompletableFuture<>();
        insistOnDefinition(command, done);
        return done;
    }

    private void insistOnDefinition(Command command, CompletableFuture<Object> done) {
        Ask ask = new Ask(AT_ONCE);
        meta.propose(ask.batch(command, Urgency.SETTLE));
        ask.answer()
                .whenComplete((answer, failed) -> {
                    if (failed == null) {
                        done.complete(answer);
                    } else if (ask.refusal() == Batch.Refusal.CLOSED) {
                        done.completeExceptionally(failed);
                    } else {
                        scheduler().after(RETRY_NANOS, () -> insistOnDefinition(command, done));
                    }
                });
    }

    /// The last consumer of a partition left. Completes, on any thread, when the topic is gone if
    /// that was what kept it; fails when somebody else came.
    CompletionStage<Long> abandoned(Topic topic) {
        idleQueues.used(topic);
        return topic.spec().lifetime().autoDelete()
                ? removal.remove(AT_ONCE, topic, true, false)
                : CompletableFuture.completedFuture(0L);
    }

    static <T> T join(CompletionStage<T> stage) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        try {
            return future.join();
        } catch (CompletionException failed) {
            throw BrokerException.reason(failed) instanceof BrokerException refused
                    ? refused
                    : failed;
        }
    }

    // The door ---------------------------------------------------------------------------------

    @Override
    public Session session(Principal principal, Mailbox loop) {
        long id = nextSession.getAndIncrement();
        return new CoreSession(this, id, principal, loop);
    }

    @Override
    public Definitions definitions() {
        return catalog();
    }

    @Override
    public InternalStream internalStream(String name, int partitions, int partition) {
        return join(openInternalStream(name, partitions, partition));
    }

    /// As [#internalStream], without blocking.
    CompletionStage<InternalStream> openInternalStream(String name, int partitions, int partition) {
        return internalStreams.open(name, partitions, partition);
    }
}
