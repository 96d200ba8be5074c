package io.polylog.broker.shard;

import io.polylog.broker.TopicSpec.Kept;
import io.polylog.broker.command.SettleCommand.Outcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Removes of topics what none of their named subscriptions wants any more, or what one has done
/// with, where they are made so ([Kept]). What a batch settled is looked at when it is over, so
/// that nobody sees anything between. On the shard's thread.
final class Wanted {
    private final ShardState state;

    /// Of the running batch: what may have to go, in the order it was said.
    private final Map<Stream, List<Left>> left = new LinkedHashMap<>();

    /// Offsets that a subscription is owed no more.
    ///
    /// @param done whether it has done with them; else they go only where nobody wants them
    private record Left(long first, long end, boolean done) {}

    Wanted(ShardState state) {
        this.state = state;
    }

    /// Whether somebody is owed a message that was just stored.
    static boolean isWelcome(Stream stream, long offset) {
        return stream.kept() != Kept.WHILE_WANTED || isWanted(stream, offset);
    }

    private static boolean isWanted(Stream stream, long offset) {
        for (Subscription subscription : stream.subscriptions) {
            if (!subscription.isOwn()
                    && !subscription.settled.isSettled(offset)
                    && subscription.fits(stream, offset)) {
                return true;
            }
        }
        return false;
    }

    /// A named subscription is owed a range no more.
    void left(Stream stream, Subscription subscription, long first, long end, Outcome outcome) {
        boolean done =
                switch (outcome) {
                    case ACCEPTED, REJECTED, PURGED, DISCARDED, MOVED -> true;
                    // Given up on is not done with: it stays for others, and to be looked at.
                    case EXHAUSTED,
                            EXPIRED,
                            OVERFLOWED,
                            CANCELLED,
                            FILTERED,
                            RELEASED,
                            LOST,
                            TIMED_OUT ->
                            false;
                };
        if (outcome == Outcome.FILTERED) {
            doubt(stream, subscription, first, end);
        } else if (outcome != Outcome.EXHAUSTED) {
            note(stream, new Left(first, end, done));
        }
    }

    /// A named subscription goes, or will want something else than it is owed now.
    void leaves(Stream stream, Subscription subscription) {
        if (stream.kept() == Kept.WHILE_WANTED) {
            subscription.settled.eachUnsettled(
                    subscription.settled.floor(),
                    stream.end,
                    (first, end) -> doubt(stream, subscription, first, end));
        }
    }

    /// Of a range what a subscription seemed to want.
    private void doubt(Stream stream, Subscription subscription, long first, long end) {
        for (long each = first; each < end; each++) {
            if (subscription.fits(stream, each)) {
                doubt(stream, each, each + 1);
            }
        }
    }

    /// Perhaps nobody wants a range any more.
    void doubt(Stream stream, long first, long end) {
        note(stream, new Left(first, end, false));
    }

    private void note(Stream stream, Left part) {
        if (stream.kept() == Kept.ALWAYS) {
            return;
        }
        List<Left> parts = left.computeIfAbsent(stream, _ -> new ArrayList<>());
        Left last = parts.isEmpty() ? null : parts.getLast();
        if (last != null && last.end == part.first && last.done == part.done) {
            parts.set(parts.size() - 1, new Left(last.first, part.end, part.done));
        } else {
            parts.add(part);
        }
    }

    /// A batch is over.
    void enforce(RemovalApply removing) {
        if (left.isEmpty()) {
            return;
        }
        left.forEach((stream, parts) -> {
            if (state.streams.get(stream.id) == stream) {
                parts.forEach(part -> remove(stream, part, removing));
                removing.begin(stream);
            }
        });
        left.clear();
    }

    private void remove(Stream stream, Left part, RemovalApply removing) {
        if (stream.kept() == Kept.WHILE_WANTED) {
            long count =
                    removing.leave(
                            stream, part.first, part.end, offset -> !isWanted(stream, offset));
            if (state.leading) {
                state.removals.left(Outcome.ACCEPTED, count);
            }
        } else if (stream.kept() == Kept.UNTIL_DONE && part.done) {
            // It was counted as it left its subscription.
            removing.leave(stream, part.first, part.end, _ -> true);
        }
    }
}
