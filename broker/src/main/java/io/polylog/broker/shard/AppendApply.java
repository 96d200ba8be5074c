package io.polylog.broker.shard;

import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.AppendListener;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.Trail.Cause;
import io.polylog.broker.command.AppendCommand;
import io.polylog.broker.command.AppendInternalCommand;
import io.polylog.broker.command.GuardCommand;
import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.OpenStreamCommand.Keeps;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.command.StageKeysCommand;
import io.polylog.broker.command.StageKeysCommand.RecordKey;
import io.polylog.broker.machine.Result;
import io.polylog.broker.machine.Result.Barred;
import io.polylog.broker.machine.Result.Failed;
import io.polylog.broker.machine.Result.Full;
import io.polylog.broker.machine.Result.Outrun;
import io.polylog.log.ShardMachine.Locator;
import io.polylog.log.ShardMachine.Logged;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Applies what adds records: publishes, producers' batches and the guards between them.
final class AppendApply {
    private static final Failed NO_STREAM = new Failed(Kind.NOT_FOUND, "the target is gone");
    private static final Failed SEALED = new Failed(Kind.BUSY, "a target is being removed");

    private final ShardState state;
    private final Hiding hiding;
    private final Lifetimes lifetimes;
    private final Bounds bounds;
    private final RemovalApply removing;
    private final Admissions admissions;

    /// The batch that is being applied.
    private List<Logged> batch = List.of();

    /// What the append or guard before said, within a batch.
    private Outcome last = Outcome.APPENDED;

    /// The guard in force, within a batch.
    private @Nullable GuardCommand guard;

    /// Keys of the internal append that follows, within a batch.
    private final List<RecordKey> staged = new ArrayList<>();

    /// Per stream what the guard in force decided.
    private final Map<Long, Boolean> allowed = new HashMap<>();

    AppendApply(
            ShardState state,
            Hiding hiding,
            Lifetimes lifetimes,
            Bounds bounds,
            RemovalApply removing) {
        this.state = state;
        this.hiding = hiding;
        this.lifetimes = lifetimes;
        this.bounds = bounds;
        this.removing = removing;
        admissions = new Admissions(state, removing);
    }

    /// A batch begins: nothing said in the one before counts.
    void begin(List<Logged> commands) {
        batch = commands;
        guard = null;
        staged.clear();
    }

    void publish(int place, Logged command) {
        publish(place, command, command.head(), true);
    }

    /// Stores a message.
    ///
    /// @param head the publish head
    /// @param judged whether a stream may refuse it because it is full, or because another message
    ///   is the newest than its sender expects
    /// @return false when nothing is decided yet: it is to be sent again
    boolean publish(int place, Logged command, ByteBuffer head, boolean judged) {
        boolean guarded = PublishCommand.guarded(head);
        long ownTimeMs = ownTimeMs(PublishCommand.timestampMs(head));
        long timeToLiveMs = PublishCommand.timeToLiveMs(head);
        int priority = PublishCommand.priority(head);
        long delayMs = PublishCommand.delayMs(head);
        Locator locator = Objects.requireNonNull(command.locator());
        admissions.begin(head, locator.payloadBytes());
        ByteBuffer hashes = PublishCommand.keyHashes(head);
        ByteBuffer whole = head.duplicate();
        int count = PublishCommand.streams(head);
        boolean found = false;
        if (!guarded && state.anySealed() && namesSealed(head.slice(), count)) {
            state.result(place, SEALED);
            return false;
        }
        if (judged && admissions.decidesForAll() && !admits(place, whole, locator)) {
            return true;
        }
        for (int i = 0; i < count; i++) {
            Stream stream = state.streams.get(HeadReader.number(head));
            int hash = hashes == null ? 0 : (int) HeadReader.number(hashes);
            admissions.next(stream, whole);
            if (stream != null) {
                found = true;
                NotStored why = admissions.refusal(stream, judged);
                if (why != null) {
                    turnAway(stream, place, why, locator, ownTimeMs);
                } else if (!guarded || allows(stream, place)) {
                    long offset = put(stream, 1, locator, ownTimeMs);
                    stream.weigh(offset, locator.payloadBytes(), state.cells);
                    bounds.changed(stream);
                    stream.order(offset, hash(stream, hash, whole), state.cells);
                    stream.prioritize(offset, priority, state.cells);
                    stream.expiring |= timeToLiveMs >= 0 && stream.untilSettled();
                    hiding.delay(stream, offset, delayMs);
                    lifetimes.stored(stream, offset, timeToLiveMs, delayMs);
                    admissions.stored(stream, place, offset);
                    if (!Wanted.isWelcome(stream, offset)) {
                        removing.unwelcome(stream, offset);
                    }
                }
            }
        }
        if (!found) {
            state.result(place, NO_STREAM);
        }
        return true;
    }

    /// Whether all streams of a message take it, of which one decides for all; says why not.
    private boolean admits(int place, ByteBuffer head, Locator locator) {
        if (admissions.deciding() == null) {
            state.result(place, NO_STREAM);
            return false;
        }
        int bytes = locator.payloadBytes();
        NotStored why = admissions.refusalByAny(place, head, bytes, true);
        admissions.begin(head, bytes);
        if (why != null) {
            count(why);
            tell(place, why);
        }
        return why == null;
    }

    private void turnAway(
            Stream stream, int place, NotStored why, Locator locator, long ownTimeMs) {
        count(why);
        tell(place, why);
        switch (why) {
            case DUPLICATE -> admissions.repeated(stream, place);
            case FULL -> sendRefused(stream, locator, ownTimeMs);
            case CONFLICT -> {}
        }
    }

    private void count(NotStored why) {
        if (state.leading) {
            state.removals.notStored(why);
        }
    }

    private void tell(int place, NotStored why) {
        switch (why) {
            case CONFLICT -> state.result(place, new Outrun(admissions.newest()));
            case FULL -> state.result(place, new Full(Objects.requireNonNull(admissions.limit())));
            case DUPLICATE -> {}
        }
    }

    private void sendRefused(Stream stream, Locator locator, long ownTimeMs) {
        Subscription own = stream.subscription(LifecycleApply.OWN);
        boolean sends =
                stream.policy.limits().overflow() == Overflow.REFUSE_TO_DEAD_LETTERS
                        && stream.policy.deadLetters() != null;
        if (sends && own != null) {
            long offset = put(stream, 1, locator, ownTimeMs);
            Errand errand = new Errand.Died(Cause.OVERFLOWED, "");
            stream.outbox(state.cells).add(offset, offset + 1, errand, state.timeMs, state.cells);
            state.cells.touch(own);
            own.settled.settle(offset, offset + 1, 0, state.cells);
        }
    }

    /// A transaction is looked at, before anything of it is stored.
    void together() {
        admissions.together();
    }

    /// Why a publish of a transaction would not be stored, or null. That a target is gone is no
    /// reason, but of one that decides.
    ///
    /// @param place of the publish in its batch
    /// @param bounded whether it is one that a stream is full
    @Nullable Result refusal(int place, Logged command, boolean bounded) {
        ByteBuffer head = command.head().duplicate();
        int bytes = Objects.requireNonNull(command.locator()).payloadBytes();
        ByteBuffer streams = head.duplicate();
        int count = PublishCommand.streams(streams);
        if (state.anySealed() && namesSealed(streams, count)) {
            return SEALED;
        }
        boolean repeats = admissions.repeatsTogether(head);
        if (!bounded && !admissions.expects()) {
            return null;
        }
        if (admissions.decidesForAll() && admissions.deciding() == null) {
            return NO_STREAM;
        }
        NotStored found = admissions.refusalByAny(place, head, bytes, bounded);
        NotStored why = found == null && repeats ? NotStored.DUPLICATE : found;
        if (why == null) {
            return null;
        }
        count(why);
        return new Barred(place, why.ofTransaction(), admissions.newest(), admissions.limit());
    }

    /// By which key a stream tells a message apart.
    private static int hash(Stream stream, int said, ByteBuffer head) {
        boolean own = stream.policy.service().telling().by() == KeySource.RECORD_KEY;
        return own ? PublishCommand.recordKeyHash(head) : said;
    }

    /// The sender's time, or else the log's.
    private long ownTimeMs(long timestampMs) {
        return timestampMs > 0 ? timestampMs : state.timeMs;
    }

    /// Whether one of the streams is sealed: then the message is stored nowhere, because it cannot
    /// be said yet whether that target counts.
    private boolean namesSealed(ByteBuffer ids, int count) {
        for (int i = 0; i < count; i++) {
            Stream stream = state.streams.get(HeadReader.number(ids));
            if (stream != null && stream.sealed) {
                return true;
            }
        }
        return false;
    }

    /// Whether what stands at `place` is for a sealed stream, or a guarded record behind it is.
    private boolean leadsToSealed(int place, Stream stream) {
        if (!state.anySealed()) {
            return false;
        }
        boolean sealed = stream.sealed;
        for (int next = place + 1; next < batch.size() && !sealed; next++) {
            Logged command = batch.get(next);
            ByteBuffer head = command.head().duplicate();
            boolean ownGuard = next == place + 1 && command.type() == GuardCommand.TYPE;
            if (!ownGuard) {
                if (command.type() != PublishCommand.TYPE || !PublishCommand.guarded(head)) {
                    return false;
                }
                sealed = namesSealed(head, PublishCommand.streams(head));
            }
        }
        return sealed;
    }

    private long put(Stream stream, int span, Locator locator, long ownTimeMs) {
        state.touch(stream);
        long offset = stream.end;
        stream.end = offset + span;
        if (stream.hasOutline()) {
            int bytes = locator.payloadBytes();
            stream.outline(offset, bytes, state.timeMs, ownTimeMs, state.cells);
        }
        state.store.put(stream.id, offset, span, locator);
        return offset;
    }

    void append(int place, Logged command) {
        AppendCommand append = AppendCommand.decode(command.head());
        Stream stream = state.streams.get(append.stream());
        if (stream == null) {
            answer(place, refusal(Outcome.NOT_FOUND));
            return;
        }
        if (leadsToSealed(place, stream)) {
            answer(place, refusal(Outcome.BUSY));
            return;
        }
        ProducerStamp stamp = append.producer();
        Outcome outcome = judge(stream, stamp, command.span());
        long offset = -1;
        if (outcome == Outcome.APPENDED) {
            Locator locator = Objects.requireNonNull(command.locator());
            offset = put(stream, command.span(), locator, ownTimeMs(append.maxTimestampMs()));
            remember(stream, stream.id, stamp, command.span(), offset);
        } else if (outcome == Outcome.DUPLICATE) {
            offset = duplicateOf(stream, stamp, command.span());
        }
        answer(place, new AppendListener.Result(outcome, offset, state.timeMs, stream.start));
    }

    /// Keys of the internal append that follows.
    void keys(Logged command) {
        staged.addAll(StageKeysCommand.decode(command.head()).keys());
    }

    void internal(int place, Logged command) {
        AppendInternalCommand append = AppendInternalCommand.decode(command.head());
        List<RecordKey> keys = List.copyOf(staged);
        staged.clear();
        Stream stream = state.streams.get(append.stream());
        boolean right =
                stream != null
                        && append.epoch() == state.epoch
                        && append.expectedEnd() == stream.end
                        && keys.size() <= command.span();
        if (stream == null || !right) {
            answer(place, refusal(Outcome.CLOSED));
            return;
        }
        Locator locator = Objects.requireNonNull(command.locator());
        long offset = put(stream, command.span(), locator, state.timeMs);
        if (stream.keeps == Keeps.NEWEST_STAGED) {
            stream.keys()
                    .append(
                            offset,
                            command.span(),
                            keys,
                            state.cells,
                            (from, span) -> state.store.drop(stream.id, from, span));
            stream.start = stream.keys().start(stream.end);
        }
        answer(
                place,
                new AppendListener.Result(Outcome.APPENDED, offset, state.timeMs, stream.start));
    }

    private AppendListener.Result refusal(Outcome why) {
        return new AppendListener.Result(why, -1, state.timeMs, -1);
    }

    private void answer(int place, AppendListener.Result result) {
        last = result.outcome();
        state.result(place, new Result.Appended(result));
    }

    void guard(int place, Logged command) {
        GuardCommand next = GuardCommand.decode(command.head());
        guard = next;
        allowed.clear();
        switch (next.mode()) {
            case STORED_ELSEWHERE -> last = Outcome.APPENDED;
            case AFTER_APPEND -> {}
            case OPENED -> opened(place, next);
        }
    }

    /// The records themselves stand for the batch: they are judged like one.
    private void opened(int place, GuardCommand opened) {
        Stream stream = state.streams.get(opened.source());
        if (stream == null) {
            answer(place, refusal(Outcome.NOT_FOUND));
            return;
        }
        if (leadsToSealed(place, stream)) {
            answer(place, refusal(Outcome.BUSY));
            return;
        }
        ProducerStamp stamp = opened.producer();
        Outcome outcome = judge(stream, stamp, opened.recordCount());
        long offset = -1;
        if (outcome == Outcome.APPENDED) {
            offset = stream.end;
            remember(stream, stream.id, stamp, opened.recordCount(), offset);
        } else if (outcome == Outcome.DUPLICATE) {
            offset = duplicateOf(stream, stamp, opened.recordCount());
        }
        allowed.put(stream.id, outcome == Outcome.APPENDED);
        answer(place, new AppendListener.Result(outcome, offset, state.timeMs, stream.start));
    }

    private boolean allows(Stream stream, int place) {
        GuardCommand now = guard;
        if (now == null || (last != Outcome.APPENDED && last != Outcome.DUPLICATE)) {
            return false;
        }
        return allowed.computeIfAbsent(stream.id, id -> decide(stream, now, place));
    }

    /// Beside the source, a gap is no reason to refuse, because the stream may have been bound just
    /// now, unless the records that are missing were sent right before: they were refused, and will
    /// come again before these. What is known, or older than what is known, is left out.
    private boolean decide(Stream stream, GuardCommand now, int place) {
        ProducerStamp stamp = now.producer();
        if (stamp == null) {
            return true;
        }
        Outcome outcome = judge(stream, now.source(), stamp, now.recordCount());
        boolean anew =
                outcome == Outcome.OUT_OF_ORDER_SEQUENCE || outcome == Outcome.UNKNOWN_PRODUCER;
        if (anew && now.follows()) {
            state.result(place, new Result.Appended(refusal(Outcome.BUSY)));
            return false;
        }
        if (outcome == Outcome.FENCED) {
            // The source took it before it knew: it must not count as stored.
            state.result(place, new Result.Appended(refusal(Outcome.FENCED)));
        }
        if (outcome != Outcome.APPENDED && !anew) {
            return false;
        }
        ProducerTable.Stored stored =
                new ProducerTable.Stored(stamp, now.recordCount(), stream.end, state.timeMs);
        state.producers.heard(
                stream.producers().store(key(now.source(), stamp), stored, anew, state.cells));
        return true;
    }

    private static ProducerKey key(long source, ProducerStamp stamp) {
        return new ProducerKey(source, stamp.id());
    }

    /// As the one below, for a producer that sends to this stream. One that was forgotten begins in
    /// the middle of its sequence: what is older then was not stored before, but overtaken.
    private static Outcome judge(Stream stream, @Nullable ProducerStamp stamp, int count) {
        Outcome outcome = judge(stream, stream.id, stamp, count);
        boolean overtaken =
                outcome == Outcome.DUPLICATE_FORGOTTEN
                        && stamp != null
                        && stream.producers().isWhole(key(stream.id, stamp));
        return overtaken ? Outcome.OUT_OF_ORDER_SEQUENCE : outcome;
    }

    private static Outcome judge(
            Stream stream, long source, @Nullable ProducerStamp stamp, int count) {
        if (stamp == null) {
            return Outcome.APPENDED;
        }
        ProducerTable table = stream.producers;
        if (table == null) {
            return stamp.baseSequence() == 0 ? Outcome.APPENDED : Outcome.UNKNOWN_PRODUCER;
        }
        return table.judge(key(source, stamp), stamp, count);
    }

    private void remember(
            Stream stream, long source, @Nullable ProducerStamp stamp, int count, long offset) {
        if (stamp != null) {
            ProducerTable.Stored stored =
                    new ProducerTable.Stored(stamp, count, offset, state.timeMs);
            state.producers.heard(
                    stream.producers().store(key(source, stamp), stored, false, state.cells));
        }
    }

    private static long duplicateOf(Stream stream, @Nullable ProducerStamp stamp, int count) {
        ProducerTable table = stream.producers;
        return table == null || stamp == null
                ? -1
                : table.offsetOf(key(stream.id, stamp), stamp, count);
    }
}
