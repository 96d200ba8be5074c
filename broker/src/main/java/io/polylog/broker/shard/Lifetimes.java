package io.polylog.broker.shard;

import io.polylog.broker.TopicSpec.OwnTime;
import io.polylog.broker.command.DueCommand;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.command.TrimCommand;
import io.polylog.broker.command.TrimCommand.Cause;
import io.polylog.broker.machine.Result.Value;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Applies what happens to messages because their time has come: hidden ones are shown, and of
/// topics that heed how long a message may wait, those go whose time is over. Where the last of a
/// subject stays, who sees to it is told, and again each second: so it does not matter that a
/// restart forgets whom it told. In the [Timers] the end of a message stands as its offset's
/// complement, of the topic's own subscription. On the shard's thread.
final class Lifetimes {
    /// What may wait longer may wait for ever; no sum of times overflows.
    private static final long MOST_MS = 1L << 50;

    private static final long AGAIN_MS = 1_000;

    /// Messages that one command removes or tells of because of their age: a shard does nothing
    /// else meanwhile, and what is left goes with the next.
    private static final int MOST_AT_ONCE = 50_000;

    private final ShardState state;
    private final Hiding hiding;
    private final RemovalApply removing;

    /// Of the running command: what is looked at again, as it stands in the timers.
    private final List<Last> again = new ArrayList<>();

    private record Last(long subscription, long offset) {}

    Lifetimes(ShardState state, Hiding hiding, RemovalApply removing) {
        this.state = state;
        this.hiding = hiding;
        this.removing = removing;
    }

    /// A message was stored.
    ///
    /// @param timeToLiveMs what it says, or -1
    /// @param delayMs how long it is hidden before, or 0
    void stored(Stream stream, long offset, long timeToLiveMs, long delayMs) {
        Subscription own = stream.subscription(LifecycleApply.OWN);
        if (timeToLiveMs < 0 || own == null || stream.ownTime() == OwnTime.IGNORED) {
            return;
        }
        if (timeToLiveMs > MOST_MS || delayMs > MOST_MS) {
            stream.attributes().lasting().put(offset, 1, state.cells);
        } else {
            state.timers.add(state.timeMs + delayMs + timeToLiveMs, own.id, ~offset);
        }
    }

    /// A time has come.
    void due(ByteBuffer head) {
        DueCommand command = DueCommand.decode(head);
        state.timers.due(
                command.upToMs(),
                command.pages(),
                (id, place) -> {
                    if (place < 0) {
                        over(id, ~place);
                    } else {
                        hiding.show(id, place);
                    }
                });
        long nextMs = Math.max(command.upToMs(), state.timeMs) + AGAIN_MS;
        again.forEach(last -> state.timers.add(nextMs, last.subscription, ~last.offset));
        again.clear();
    }

    private void over(long id, long offset) {
        Stream stream = state.streams.get(StreamId.stream(id));
        Subscription own = stream == null ? null : stream.subscription(id);
        if (stream == null
                || own == null
                || stream.ownTime() == OwnTime.IGNORED
                || own.settled.isSettled(offset)) {
            return;
        }
        if (staysAsLast(stream, offset)) {
            tell(stream, offset);
            again.add(new Last(id, offset));
        } else {
            removing.expire(stream, offset);
            removing.begin(stream);
        }
    }

    private static boolean staysAsLast(Stream stream, long offset) {
        SubjectIndex index = stream.index();
        return index != null
                && stream.ownTime() == OwnTime.HEEDED_BUT_LAST
                && index.count(index.numbers().at(offset)) == 1;
    }

    private void tell(Stream stream, long offset) {
        List<LastHearer> hearers = stream.attributes().lastHearers;
        if (!hearers.isEmpty()) {
            SubjectIndex index = Objects.requireNonNull(stream.index());
            String subject = index.text(index.numbers().at(offset));
            for (LastHearer each : hearers) {
                state.effects.post(each.mailbox(), () -> each.listener().over(subject, offset));
            }
        }
    }

    /// Removes the oldest messages; tells how many there were.
    void trim(int place, TrimCommand command) {
        Stream stream = state.streams.get(command.stream());
        Subscription own = stream == null ? null : stream.subscription(LifecycleApply.OWN);
        boolean onlySome =
                stream != null
                        && stream.ownTime() != OwnTime.IGNORED
                        && command.cause() == Cause.EXPIRED;
        if (stream == null || own == null || !onlySome) {
            removing.trim(place, command);
        } else {
            state.result(place, new Value(trimOld(stream, own, command.start())));
        }
    }

    /// Removes what is older than its topic keeps it, but for what may wait for ever.
    private long trimOld(Stream stream, Subscription own, long below) {
        long removed = 0;
        int told = 0;
        long lastingTo = -1;
        long position = Math.max(stream.start, stream.attributes().lastingTo);
        Run run = new Run();
        while (own.settled.find(position, Math.min(below, stream.end), run)) {
            long offset = run.first;
            position = offset + 1;
            if (lasts(stream, offset)) {
                continue;
            }
            if (removed + told == MOST_AT_ONCE) {
                lastingTo = lastingTo < 0 ? offset : lastingTo;
                break;
            }
            if (staysAsLast(stream, offset)) {
                lastingTo = lastingTo < 0 ? offset : lastingTo;
                told++;
                tell(stream, offset);
            } else {
                removed++;
                removing.expire(stream, offset);
            }
        }
        stream.attributes().lastingTo = lastingTo < 0 ? position : lastingTo;
        removing.begin(stream);
        return removed;
    }

    private static boolean lasts(Stream stream, long offset) {
        OffsetNumbers lasting = stream.attributes().lasting;
        return lasting != null && lasting.at(offset) != 0;
    }

    /// Whether something that a stream holds below an offset ends with the stream's age.
    static boolean endsBelow(Stream stream, long below) {
        if (stream.ownTime() == OwnTime.IGNORED) {
            return true;
        }
        Subscription own = stream.subscription(LifecycleApply.OWN);
        long position = Math.max(stream.start, stream.attributes().lastingTo);
        Run run = new Run();
        while (own != null && own.settled.find(position, below, run)) {
            if (!lasts(stream, run.first)) {
                return true;
            }
            position = run.first + 1;
        }
        stream.attributes().lastingTo = Math.max(position, stream.attributes().lastingTo);
        return false;
    }
}
