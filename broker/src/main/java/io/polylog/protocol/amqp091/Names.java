package io.polylog.protocol.amqp091;

/// How error texts name things, in RabbitMQ's words.
final class Names {
    /// Only the broker makes names that begin so.
    static final String RESERVED = "amq.";

    private Names() {}

    static String queue(String name, String virtualHost) {
        return "queue '" + name + "' in vhost '" + virtualHost + "'";
    }

    static String exchange(String name, String virtualHost) {
        return "exchange '" + name + "' in vhost '" + virtualHost + "'";
    }

    static AmqpException noQueue(String name, String virtualHost) {
        return AmqpException.of(ReplyCode.NOT_FOUND, "no " + queue(name, virtualHost));
    }

    static AmqpException noExchange(String name, String virtualHost) {
        return AmqpException.of(ReplyCode.NOT_FOUND, "no " + exchange(name, virtualHost));
    }

    static AmqpException locked(String queue, String virtualHost) {
        return AmqpException.of(
                ReplyCode.RESOURCE_LOCKED,
                "cannot obtain exclusive access to locked "
                        + queue(queue, virtualHost)
                        + ". It could be originally declared on another connection or the"
                        + " exclusive property value does not match that of the original"
                        + " declaration.");
    }

    static AmqpException reserved(String kind, String name) {
        return AmqpException.of(
                ReplyCode.ACCESS_REFUSED,
                kind + " name '" + name + "' contains reserved prefix 'amq.*'");
    }

    static AmqpException defaultExchange() {
        return AmqpException.of(
                ReplyCode.ACCESS_REFUSED, "operation not permitted on the default exchange");
    }
}
