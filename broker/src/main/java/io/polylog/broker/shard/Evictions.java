package io.polylog.broker.shard;

import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.machine.Request;
import io.polylog.log.Batch;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import io.polylog.log.ShardLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the leader removes from a queue although nobody settled it: what waited too long, and what
/// is too much. It takes messages that are ready, so that nobody else is given them, and proposes
/// to settle them; apply knows neither the time nor what is in flight. What a crash cuts off, the
/// next leader decides anew. On the shard's thread.
final class Evictions {
    private final Serving serving;
    private final ShardState state;
    private @Nullable ShardLog log;
    private @Nullable Watch watch;

    /// By subscription whose messages expire: the first ready one that the watch was told of.
    private final Map<Long, Long> headsTold = new HashMap<>();

    Evictions(Serving serving, ShardState state) {
        this.serving = serving;
        this.state = state;
    }

    /// From now on evictions can be proposed.
    void begin(ShardLog proposals, Watch heard) {
        log = proposals;
        watch = heard;
        markAll();
    }

    /// Every queue that has limits of some kind is to be looked at.
    void markAll() {
        for (Stream stream : state.streams.values()) {
            if (expires(stream) || !stream.policy.limits().isNone()) {
                state.mark(stream);
            }
        }
    }

    /// Consumers got what they could take of a stream: what stays is looked at.
    void changed(Stream stream, Run run) {
        if (stream.policed) {
            stream.policed = false;
            for (Subscription each : stream.subscriptions) {
                forget(each); // it may expire sooner
            }
        }
        if (watch == null || stream.isEmpty()) {
            return;
        }
        Limits limits = stream.policy.limits();
        boolean limited = stream.untilSettled() && !limits.isNone();
        Subscription own = limited ? stream.subscription(LifecycleApply.OWN) : null;
        if (own != null) {
            overflow(stream, own, serving.sifting().wantedBelow(stream, own), run);
        }
        for (Subscription subscription : stream.mayExpire()) {
            if (subscription.expires(stream)) {
                changed(stream, subscription, watch, run);
            }
        }
    }

    private static boolean expires(Stream stream) {
        boolean some = false;
        for (Subscription subscription : stream.mayExpire()) {
            some |= subscription.expires(stream);
        }
        return some;
    }

    private void changed(Stream stream, Subscription expiring, Watch heard, Run run) {
        long known = serving.sifting().wantedBelow(stream, expiring);
        long head = Serving.dispatchOf(stream, expiring).firstReady(run);
        if (head >= 0 && head < known && head != headTold(expiring.id)) {
            headTold(expiring.id, head);
            heard.headChanged(expiring.id);
        }
    }

    /// @param known what lies at or beyond it may not be wanted at all, and does not count yet
    private void overflow(Stream stream, Subscription own, long known, Run run) {
        Dispatch dispatch = Serving.dispatchOf(stream, own);
        Limits limits = stream.policy.limits();
        if (limits.overflow() != Overflow.DROP_OLDEST) {
            return;
        }
        long unknown = known < stream.end ? own.free(known, stream.end) : 0;
        long tooMany = limits.maxCount() < 0 ? 0 : dispatch.ready() - unknown - limits.maxCount();
        if (limits.maxBytes() >= 0 && stream.heldBytes() > limits.maxBytes()) {
            tooMany = Math.max(tooMany, tooLarge(stream, dispatch, known, run));
        }
        if (tooMany > 0) {
            evict(own, Outcome.OVERFLOWED, take(dispatch, tooMany, known, run));
        }
    }

    /// How many of the oldest that are ready must go for the others to stay within a size. What is
    /// out does not count.
    private static long tooLarge(Stream stream, Dispatch dispatch, long known, Run run) {
        long maxBytes = stream.policy.limits().maxBytes();
        List<Assignment> ready = dispatch.peek(Integer.MAX_VALUE, run);
        long bytes = 0;
        for (Assignment each : ready) {
            bytes += stream.attributes().sizes().sum(each.first(), Math.min(each.end(), known));
        }
        long count = 0;
        for (Assignment each : ready) {
            long end = Math.min(each.end(), known);
            for (long offset = each.first(); offset < end && bytes > maxBytes; offset++) {
                bytes -= stream.attributes().sizes().at(offset);
                count++;
            }
        }
        return count;
    }

    private long headTold(long subscription) {
        return headsTold.getOrDefault(subscription, -1L);
    }

    /// The watch knows which message of a subscription is the first that is ready; -1 for none.
    void headTold(long subscription, long head) {
        if (head < 0) {
            headsTold.remove(subscription);
        } else {
            headsTold.put(subscription, head);
        }
    }

    /// A subscription is gone, or served anew.
    void forget(Subscription subscription) {
        headsTold.remove(subscription.id);
    }

    /// Removes what is ready below an offset: all of it has expired.
    void expire(Stream stream, Subscription expiring, long end, Run run) {
        Dispatch dispatch = Serving.dispatchOf(stream, expiring);
        long known = Math.min(end, serving.sifting().wantedBelow(stream, expiring));
        if (known < end) {
            headsTold.remove(expiring.id); // the rest is told of again when it is known
        }
        evict(expiring, Outcome.EXPIRED, take(dispatch, Long.MAX_VALUE / 2, known, run));
        state.mark(stream);
    }

    private static List<Assignment> take(Dispatch dispatch, long count, long end, Run run) {
        List<Assignment> taken = new ArrayList<>();
        long left = count;
        long head = dispatch.firstReady(run);
        while (left > 0 && head >= 0 && head < end) {
            Assignment next = dispatch.takeOldest(Math.min(left, end - head), run);
            if (next == null) {
                break;
            }
            taken.add(next);
            left -= next.end() - next.first();
            head = dispatch.firstReady(run);
        }
        return taken;
    }

    private void evict(Subscription from, Outcome outcome, List<Assignment> taken) {
        long epoch = from.epoch(state.epoch);
        settle(from.id, outcome, taken, back -> serving.giveBack(from.id, epoch, back));
    }

    /// What becomes of messages that were proposed to be settled.
    interface Fate {
        /// Some of them could not be proposed.
        void refused(List<Assignment> those);

        /// All the others are settled.
        default void settled() {}
    }

    /// Proposes to settle messages of a subscription.
    void settle(long subscription, Outcome outcome, List<Assignment> those, Fate fate) {
        settle(subscription, outcome, "", those, fate);
    }

    /// Proposes to reject messages of a subscription.
    ///
    /// @param error what is said of them
    void reject(long subscription, String error, List<Assignment> those, Fate fate) {
        settle(subscription, Outcome.REJECTED, error, those, fate);
    }

    private void settle(
            long subscription, Outcome outcome, String error, List<Assignment> those, Fate fate) {
        for (int from = 0; from < those.size(); from += SettleCommand.MAX_SPANS) {
            int to = Math.min(those.size(), from + SettleCommand.MAX_SPANS);
            List<Assignment> part = List.copyOf(those.subList(from, to));
            SettleCommand settle =
                    new SettleCommand(
                            subscription,
                            state.epoch(subscription),
                            outcome,
                            SettleCommand.BY_POLICY,
                            error,
                            Assignment.spans(part));
            propose(settle, part, fate, to == those.size());
        }
    }

    /// @param last whether nothing more of the same comes: they are settled in order
    private void propose(
            SettleCommand settlement, List<Assignment> taken, Fate fate, boolean last) {
        ShardLog proposals = log;
        if (proposals == null) {
            return;
        }
        HeadWriter head = new HeadWriter(24 + settlement.spans().size() * 6);
        settlement.encode(head);
        Request request =
                new Request(Runnable::run) {
                    @Override
                    public void answered(Batch.@Nullable Refusal refusal) {
                        if (refusal != null && refusal != Batch.Refusal.CLOSED) {
                            proposals.execute(() -> fate.refused(taken));
                        }
                        if (last && refusal != Batch.Refusal.CLOSED) {
                            proposals.execute(fate::settled);
                        }
                    }
                };
        Command settle = Command.of(SettleCommand.TYPE, head.toBuffer());
        proposals.propose(new Batch(List.of(settle), Urgency.SETTLE, request));
    }
}
