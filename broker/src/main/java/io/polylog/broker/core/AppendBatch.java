package io.polylog.broker.core;

import io.polylog.broker.AppendListener;
import io.polylog.broker.AppendListener.Malformed;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.AppendListener.Result;
import io.polylog.broker.machine.Result.Appended;
import io.polylog.log.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Producers' batches of one hand-over. What follows into other shards is proposed when the batch
/// itself is stored.
final class AppendBatch extends Decision {
    private final AppendListener listener;
    private final Result[] results;
    private final List<Beside> besides = new ArrayList<>(0);

    /// Records beside a batch, for a shard that is not the batch's.
    ///
    /// @param owner place of the batch
    record Beside(int owner, Part part) {}

    AppendBatch(CoreSession session, int size, AppendListener listener) {
        super(session);
        this.listener = listener;
        results = new Result[size];
    }

    void decide(int place, Outcome outcome) {
        results[place] = new Result(outcome, -1, -1, -1);
    }

    /// Records of a batch do not fit.
    void malformed(int place, List<Malformed> records) {
        results[place] = new Result(Outcome.MALFORMED, -1, -1, -1, records);
    }

    void follow(int owner, Part part) {
        besides.add(new Beside(owner, part));
    }

    @Override
    boolean hasSecond() {
        return !besides.isEmpty();
    }

    @Override
    void proposeSecond() {
        for (Beside beside : besides) {
            Outcome stored = results[beside.owner].outcome();
            if (stored == Outcome.APPENDED || stored == Outcome.DUPLICATE) {
                propose(beside.part);
            }
        }
    }

    @Override
    void decided(Part part, Batch.@Nullable Refusal refusal) {
        if (refusal != null) {
            Arrays.stream(part.owners()).forEach(place -> decide(place, outcome(refusal)));
            return;
        }
        for (Part.Said said : part.said()) {
            if (said.result() instanceof Appended(Result result)) {
                results[said.owner()] = result;
            }
        }
    }

    private static Outcome outcome(Batch.Refusal refusal) {
        return switch (refusal) {
            case DISK_FULL -> Outcome.DISK_FULL;
            case BUSY -> Outcome.BUSY;
            case CLOSED, NOT_LEADER, UNKNOWN -> Outcome.CLOSED;
        };
    }

    @Override
    void announce() {
        sendCopies(place -> results[place].outcome() == Outcome.APPENDED);
        listener.decided(List.of(results));
    }
}
