package io.polylog.protocol.amqp091;

import org.jspecify.annotations.Nullable;

/// A client's request or frame that ends its channel or its connection. The text is what the client
/// gets to read, in RabbitMQ's style: `NOT_FOUND - no queue 'q' in vhost '/'`.
final class AmqpException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final ReplyCode code;
    final boolean hard;

    private AmqpException(ReplyCode code, boolean hard, String text) {
        super(code.name() + " - " + text, null, false, false);
        this.code = code;
        this.hard = hard;
    }

    /// Ends what the code says: hard errors the connection, others the channel.
    static AmqpException of(ReplyCode code, String text) {
        return new AmqpException(code, code.hard, text);
    }

    /// Refuses an argument.
    ///
    /// @param of whose it is
    /// @param why what is wrong with it, or its value
    static AmqpException invalidArgument(String name, String of, @Nullable Object why) {
        return of(
                ReplyCode.PRECONDITION_FAILED,
                "invalid arg '%s' for %s: %s".formatted(name, of, why));
    }

    /// Ends the channel although the code is a hard one: lack of resources, or one damaged queue,
    /// is nothing a client should lose its other channels for.
    static AmqpException onChannel(ReplyCode code, String text) {
        return new AmqpException(code, false, text);
    }

    /// Ends the connection whatever the code: the channel does not exist yet.
    static AmqpException onConnection(ReplyCode code, String text) {
        return new AmqpException(code, true, text);
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
