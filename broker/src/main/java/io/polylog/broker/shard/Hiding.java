package io.polylog.broker.shard;

import io.polylog.broker.QueuePolicy.Retry;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.StreamId;
import java.util.function.LongUnaryOperator;

/// Applies what hides messages from their subscriptions until a time, and what shows them again: a
/// message that is published with a delay, or that came back and is tried again later. Who reads by
/// offset sees them meanwhile.
final class Hiding {
    private final ShardState state;

    Hiding(ShardState state) {
        this.state = state;
    }

    /// A message was stored.
    ///
    /// @param delayMs what it says, or 0
    void delay(Stream stream, long offset, long delayMs) {
        if (delayMs > 0) {
            for (Subscription subscription : stream.subscriptions) {
                hide(subscription, offset, delayMs);
            }
        }
    }

    private void hide(Subscription subscription, long offset, long delayMs) {
        subscription.settled.hide(offset, state.cells);
        state.timers.add(state.timeMs + delayMs, subscription.id, offset);
    }

    /// What becomes of messages that come back: they are ready again, now or later.
    ///
    /// @param attempt with which they were delivered
    SettledPage.Raised raised(
            Stream stream, Subscription subscription, SettleCommand command, int attempt) {
        Retry retry = stream.policy.retry();
        if (command.delayMs() > 0) {
            return (first, mask) -> hideAll(subscription, first, mask, _ -> command.delayMs());
        }
        if (command.delayMs() < 0 && retry.delays(command.outcome().fails())) {
            LongUnaryOperator delayMs = offset -> retry.delayMs(attempt + 1, stream.id, offset);
            return (first, mask) -> hideAll(subscription, first, mask, delayMs);
        }
        Dispatch dispatch = subscription.dispatch;
        return dispatch == null ? (first, mask) -> {} : dispatch::giveBackWord;
    }

    private void hideAll(
            Subscription subscription, long first, long mask, LongUnaryOperator delayMs) {
        for (long left = mask; left != 0; left &= left - 1) {
            long offset = first + Long.numberOfTrailingZeros(left);
            hide(subscription, offset, delayMs.applyAsLong(offset));
            if (subscription.dispatch != null) {
                subscription.dispatch.hid(offset);
            }
        }
    }

    /// A message that was hidden is due.
    void show(long id, long offset) {
        Stream stream = state.streams.get(StreamId.stream(id));
        Subscription subscription = stream == null ? null : stream.subscription(id);
        if (stream != null
                && subscription != null
                && subscription.settled.show(offset, state.cells)) {
            if (subscription.dispatch != null) {
                subscription.dispatch.show(offset);
            }
            state.mark(stream);
        }
    }
}
