package io.polylog.broker.machine;

import io.polylog.broker.AppendListener;
import io.polylog.broker.BrokerException;
import io.polylog.broker.PublishListener.Limit;
import io.polylog.broker.TransactionException;
import org.jspecify.annotations.Nullable;

/// What apply says about one command. A command without a result did what it was to do.
public sealed interface Result {
    /// It changed nothing.
    ///
    /// @param kind why
    /// @param reason for people
    record Failed(BrokerException.Kind kind, String reason) implements Result {
        public BrokerException exception() {
            return new BrokerException(kind, reason);
        }
    }

    /// It changed nothing: a stream holds as much as it may.
    ///
    /// @param limit which is reached
    record Full(Limit limit) implements Result {}

    /// It changed nothing: another message is the newest than was expected.
    ///
    /// @param newest offset of that one, or -1 for none
    record Outrun(long newest) implements Result {}

    /// A transaction changed nothing, because of one of its messages.
    ///
    /// @param command the message's place in the batch
    /// @param newest of a conflict: offset of the newest message, or -1 for none
    /// @param limit which is reached, where a stream is full
    record Barred(int command, TransactionException.Why why, long newest, @Nullable Limit limit)
            implements Result {}

    /// A message is in the stream whose publisher asks where.
    ///
    /// @param offset its own, or that of the message it repeats, -1 where it is not known
    /// @param duplicate whether it repeats one
    record Placed(long offset, boolean duplicate) implements Result {}

    /// A producer's batch was decided.
    record Appended(AppendListener.Result result) implements Result {}

    /// It did what it was to do, and this is what is to be known of it: a count, an id, or the
    /// thing it found or made.
    record Value(Object value) implements Result {}
}
