package io.polylog.broker.core;

import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.broker.machine.Result;
import io.polylog.log.Batch;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// What a session handed over at once, on its way to being decided. Durable targets come first;
/// what is to follow them (copies that live in memory, records beside a producer's batch) is
/// proposed when they are done, in the order of hand-over. On the session's loop.
abstract class Decision {
    final CoreSession session;

    /// What follows to those who listen.
    final LiveCopies copies;

    /// Every part proposed so far.
    final List<Part> parts = new ArrayList<>(1);

    /// Null as long as nobody asks.
    private @Nullable Placements placements;

    /// By place, of those that have some.
    private Map<Integer, Expectation> expectations = Map.of();

    /// By place, why those do not fit that are malformed.
    private Map<Integer, String> problems = Map.of();

    private int waitingFor;
    private Stage stage = Stage.FIRST;

    /// How far it is.
    private enum Stage {
        FIRST,
        /// The first stage is over, the second may begin.
        BETWEEN,
        SECOND,
        DECIDED
    }

    Decision(CoreSession session) {
        this.session = session;
        copies = new LiveCopies(session.core());
    }

    /// A publication is stored only where what its sender takes to be the newest message is.
    final void expect(int place, Expectation expectation) {
        if (expectations.isEmpty()) {
            expectations = new HashMap<>();
        }
        expectations.put(place, expectation);
    }

    /// What stands against one whose sender expected another message.
    ///
    /// @param newest offset of the newest, or -1 for none
    final Conflict conflict(int place, long newest) {
        return new Conflict(Objects.requireNonNull(expectations.get(place)), newest);
    }

    /// The body of a message does not fit.
    final void problem(int place, String why) {
        if (problems.isEmpty()) {
            problems = new HashMap<>();
        }
        problems.put(place, why);
    }

    /// Why bodies do not fit, by place.
    final Map<Integer, String> problems() {
        return problems;
    }

    /// A publication is to be told where it is in a partition that it goes to.
    final void ask(int place, TopicName topic, int partition) {
        placements = placements == null ? new Placements() : placements;
        placements.ask(place, topic, partition);
    }

    /// Whether somebody asks where his message is.
    final boolean isAsked() {
        return placements != null;
    }

    /// Notes where a message is, if that is what apply said.
    ///
    /// @return whether it is
    final boolean places(Part.Said said) {
        if (placements != null && said.result() instanceof Result.Placed placed) {
            placements.tell(said.owner(), placed);
            return true;
        }
        return false;
    }

    /// Where the messages are, as far as that is known, by place.
    final Map<Integer, Placed> placed() {
        return placements == null ? Map.of() : placements.told();
    }

    /// Proposes a part of the current stage.
    final void propose(Part part) {
        parts.add(part);
        waitingFor++;
        part.propose();
    }

    /// All parts of the first stage are proposed.
    final void proposed() {
        if (waitingFor == 0) {
            advance();
        }
    }

    /// A part is over. Called by the part.
    final void answered(Part part, Batch.@Nullable Refusal refusal) {
        decided(part, refusal);
        waitingFor--;
        if (waitingFor == 0) {
            advance();
        }
    }

    private void advance() {
        if (stage == Stage.FIRST && goesOn()) {
            return;
        }
        stage = stage == Stage.FIRST && hasSecond() ? Stage.BETWEEN : Stage.DECIDED;
        session.publishes().advanced();
    }

    final boolean isBetween() {
        return stage == Stage.BETWEEN;
    }

    final boolean isDecided() {
        return stage == Stage.DECIDED;
    }

    final void beginSecond() {
        stage = Stage.SECOND;
        proposeSecond();
        if (waitingFor == 0) {
            stage = Stage.DECIDED;
        }
    }

    /// What was proposed of the first stage is over: proposes more of it, if there is more.
    ///
    /// @return whether it did
    boolean goesOn() {
        return false;
    }

    /// Whether something is to follow the first stage. Always the same.
    abstract boolean hasSecond();

    abstract void proposeSecond();

    /// Sends those who listen their copies of what is stored.
    ///
    /// @param stored by place
    final void sendCopies(IntPredicate stored) {
        if (!copies.isEmpty()) {
            session.outlet().send(copies.of(stored));
        }
    }

    /// Notes what became of a part.
    abstract void decided(Part part, Batch.@Nullable Refusal refusal);

    /// Tells the listener; its turn has come.
    abstract void announce();
}
