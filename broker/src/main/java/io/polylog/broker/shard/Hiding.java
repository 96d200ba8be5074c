package io.polylog.broker.shard;

import io.polylog.broker.QueuePolicy.Retry;
import io.polylog.broker.command.DueCommand;
import io.polylog.broker.command.SettleCommand.Outcome;
import java.nio.ByteBuffer;

/// Applies what hides messages of a queue until a time, and what shows them again: a message that
/// is published with a delay, or that came back and is tried again later.
final class Hiding {
    private final ShardState state;

    Hiding(ShardState state) {
        this.state = state;
    }

    /// A message was stored.
    ///
    /// @param delayMs what it says, or 0
    void delay(Stream stream, long offset, long delayMs) {
        Subscription own = delayMs > 0 ? stream.subscription(LifecycleApply.OWN) : null;
        if (own != null && stream.untilSettled()) {
            hide(own, stream.id, offset, delayMs);
        }
    }

    private void hide(Subscription own, long stream, long offset, long delayMs) {
        own.settled.hide(offset, state.cells);
        state.timers.add(state.timeMs + delayMs, stream, offset);
    }

    /// What becomes of messages that come back: they are ready again, now or later.
    ///
    /// @param attempt with which they were delivered
    SettledPage.Raised raised(
            Stream stream, Subscription subscription, Outcome outcome, int attempt) {
        Retry retry = stream.policy.retry();
        if (retry.delays(outcome.fails()) && subscription.isOwn()) {
            return (first, mask) -> hide(subscription, stream.id, first, mask, retry, attempt + 1);
        }
        Dispatch dispatch = subscription.dispatch;
        return dispatch == null ? (first, mask) -> {} : dispatch::giveBackWord;
    }

    private void hide(
            Subscription own, long stream, long first, long mask, Retry retry, int attempt) {
        for (long left = mask; left != 0; left &= left - 1) {
            long offset = first + Long.numberOfTrailingZeros(left);
            hide(own, stream, offset, retry.delayMs(attempt, stream, offset));
        }
    }

    /// What is due is shown.
    void due(ByteBuffer head) {
        state.timers.due(DueCommand.decode(head).upToMs(), this::show);
    }

    private void show(long streamId, long offset) {
        Stream stream = state.streams.get(streamId);
        Subscription own = stream == null ? null : stream.subscription(LifecycleApply.OWN);
        if (stream != null && own != null && own.settled.show(offset, state.cells)) {
            if (own.dispatch != null) {
                own.dispatch.giveBack(offset, offset + 1);
            }
            state.mark(stream);
        }
    }
}
