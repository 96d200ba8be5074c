package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.PublishListener.Limit;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.TransactionException;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.command.TransactCommand;
import io.polylog.broker.command.TransactCommand.Step;
import io.polylog.broker.core.Part.Portion;
import io.polylog.broker.machine.Result;
import io.polylog.log.Batch;
import io.polylog.log.Command;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A transaction on its way. In one shard it is one batch. In several, all but one prepare their
/// parts; then that one, its home, applies its own, which decides it; then the others are told.
/// Whatever keeps a shard from preparing, or the home from applying, rolls the others back. On the
/// session's loop.
final class TransactionBatch extends Decision {
    private final long id;

    /// Whether a target that takes no more refuses it.
    private final boolean bounded;

    private final Outcome[] outcomes;

    /// By place, how many of its commands found no target.
    private final int[] missed;

    private final CompletableFuture<Outcomes> answer = new CompletableFuture<>();
    private Withheld withheld;
    private List<Part> durable = List.of();
    private @Nullable Part memory;
    private Phase phase = Phase.BEGINNING;
    private @Nullable BrokerException failure;

    /// Whether the home has applied its part.
    private boolean decided;

    /// Whether that is not known.
    private boolean unsure;

    private enum Phase {
        BEGINNING,
        PREPARING,
        DECIDING,
        ASKING,
        RESOLVING
    }

    TransactionBatch(CoreSession session, long id, int size, boolean bounded) {
        super(session);
        this.id = id;
        this.bounded = bounded;
        withheld = Withheld.nothing(session.consumers());
        outcomes = new Outcome[size];
        missed = new int[size];
        Arrays.fill(outcomes, Outcome.STORED);
    }

    CompletableFuture<Outcomes> answer() {
        return answer;
    }

    /// The part for what lives in memory: it follows the others.
    Part memory() {
        Part there = memory;
        if (there == null) {
            there = new Part(session, this, session.core().port(StreamId.MEMORY_SHARD));
            memory = there;
        }
        return there;
    }

    /// All parts are drafted.
    ///
    /// @param parts one for each durable shard, the home last
    /// @param decidingShard that must be the home, or [Publisher#NO_SHARD]
    void drafted(List<Part> parts, int decidingShard) {
        durable = parts;
        // Memory may decide for what is durable: without it, nothing is decided.
        if (memory != null && (parts.isEmpty() || decidingShard == StreamId.MEMORY_SHARD)) {
            durable = new ArrayList<>(parts);
            durable.add(memory);
            memory = null;
        }
    }

    /// One publication goes nowhere.
    void decide(int place, Outcome outcome) {
        outcomes[place] = outcome;
    }

    /// It fails before it has begun, or because a part of it did.
    void fail(BrokerException why) {
        failure = failure == null ? why : failure;
    }

    void withhold(Withheld deliveries) {
        withheld = deliveries;
    }

    Withheld withheld() {
        return withheld;
    }

    /// Proposes what comes first. The decision waits in the session's queue already.
    void begin() {
        if (failure == null && durable.size() == 1) {
            phase = Phase.DECIDING;
            propose(home().again(step(Step.WHOLE), Portion.ALL, false));
        } else if (failure == null && durable.size() > 1) {
            phase = Phase.PREPARING;
            others().forEach(part -> propose(part.again(step(Step.PREPARE), Portion.ALL, false)));
        }
        proposed();
    }

    private Part home() {
        return durable.getLast();
    }

    private List<Part> others() {
        return durable.subList(0, Math.max(0, durable.size() - 1));
    }

    private Command step(Step step) {
        return new TransactCommand(step, id, home().port().number(), bounded).command();
    }

    @Override
    boolean goesOn() {
        return switch (phase) {
            case BEGINNING, RESOLVING -> false;
            case PREPARING -> failure == null ? decide() : resolve(Step.ROLL_BACK);
            case DECIDING -> (unsure && !others().isEmpty()) ? ask() : resolve(verdict());
            case ASKING -> resolve(verdict());
        };
    }

    private boolean decide() {
        phase = Phase.DECIDING;
        propose(home().again(step(Step.DECIDE), Portion.ALL, false));
        return true;
    }

    /// Behind whatever became of the decision, in the same log.
    private boolean ask() {
        phase = Phase.ASKING;
        propose(home().again(step(Step.ASK), Portion.NONE, true));
        return true;
    }

    private Step verdict() {
        return decided ? Step.COMMIT : Step.ROLL_BACK;
    }

    private boolean resolve(Step step) {
        phase = Phase.RESOLVING;
        Portion what = step == Step.COMMIT ? Portion.PUBLISHES : Portion.NONE;
        others().forEach(part -> propose(part.again(step(step), what, true)));
        return !others().isEmpty();
    }

    @Override
    boolean hasSecond() {
        return memory != null;
    }

    @Override
    void proposeSecond() {
        if (memory != null && failure == null) {
            propose(memory.again(null, Portion.ALL, true));
        }
    }

    @Override
    void decided(Part part, Batch.@Nullable Refusal refusal) {
        switch (phase) {
            case PREPARING -> note(part, refusal);
            case DECIDING -> {
                note(part, refusal);
                decided = refusal == null && failure == null;
                unsure = refusal == Batch.Refusal.UNKNOWN || refusal == Batch.Refusal.NOT_LEADER;
            }
            case ASKING -> {
                decided = part.verdict() instanceof Result.Value(Object is) && is.equals(true);
                failure = decided ? null : failure;
            }
            case BEGINNING, RESOLVING -> {}
        }
        for (Part.Said said : part.said()) {
            if (!places(said) && said.owner() != Part.NOBODY) {
                missed[said.owner()]++;
            }
        }
    }

    private void note(Part part, Batch.@Nullable Refusal refusal) {
        if (refusal != null) {
            fail(Ask.meaning(refusal));
        } else if (part.verdict() instanceof Result.Failed failed) {
            fail(failed.exception());
        } else if (part.verdict() instanceof Result.Barred barred) {
            int place = part.owner(barred.command());
            fail(
                    switch (barred.why()) {
                        case CONFLICT ->
                                new TransactionException(place, conflict(place, barred.newest()));
                        case DUPLICATE, FULL ->
                                new TransactionException(place, barred.why(), barred.limit());
                    });
        }
    }

    @Override
    void announce() {
        if (failure != null) {
            BrokerException why = failure;
            withheld.giveBack().whenComplete((_, _) -> answer.completeExceptionally(why));
            return;
        }
        if (!others().isEmpty()) {
            // Every shard is done with it.
            Insistence.on(session.core(), home().port(), List.of(step(Step.FORGET)));
        }
        withheld.settled();
        for (int place = 0; place < outcomes.length; place++) {
            if (missed[place] > 0 && missed[place] == commandsOf(place)) {
                outcomes[place] = Outcome.UNROUTABLE;
            }
        }
        sendCopies(place -> outcomes[place] == Outcome.STORED);
        answer.complete(
                new Outcomes.Listed(List.of(outcomes), Map.of(), placed(), Map.of(), Map.of()));
    }

    /// What became of its only publication, where it failed.
    Outcomes outcomes(Throwable why) {
        BrokerException failed = (BrokerException) BrokerException.reason(why);
        Conflict conflict = failed instanceof TransactionException t ? t.conflict() : null;
        Limit limit = failed instanceof TransactionException t ? t.limit() : null;
        return new Outcomes.Listed(
                List.of(outcome(failed)),
                conflict == null ? Map.of() : Map.of(0, conflict),
                placed(),
                limit == null ? Map.of() : Map.of(0, limit),
                problems());
    }

    private Outcome outcome(BrokerException failed) {
        if (!problems().isEmpty()) {
            return Outcome.MALFORMED;
        }
        if (failed instanceof TransactionException barred) {
            return switch (barred.why()) {
                case CONFLICT -> Outcome.CONFLICT;
                case DUPLICATE -> Outcome.STORED;
                case FULL -> Outcome.REJECTED;
            };
        }
        return switch (failed.kind()) {
            case NOT_FOUND -> Outcome.UNROUTABLE;
            case FULL -> Outcome.REJECTED;
            case DISK_FULL -> Outcome.DISK_FULL;
            case BUSY -> Outcome.BUSY;
            default -> Outcome.CLOSED;
        };
    }

    private int commandsOf(int place) {
        int count = memory == null ? 0 : memory.commandsOf(place);
        for (Part part : durable) {
            count += part.commandsOf(place);
        }
        return count;
    }
}
