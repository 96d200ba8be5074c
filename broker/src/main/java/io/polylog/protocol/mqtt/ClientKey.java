package io.polylog.protocol.mqtt;

import io.polylog.message.TopicName;

/// Names a client's session.
record ClientKey(String namespace, String clientId) {
    /// Before the names of queues and topics that are the sessions'.
    static final String PREFIX = "$mqtt/";

    private static final char SEPARATOR = '\0';

    /// As [#toString] gives it.
    static ClientKey of(String text) {
        int end = text.indexOf(SEPARATOR);
        if (end < 0) {
            throw new IllegalArgumentException("no client");
        }
        return new ClientKey(text.substring(0, end), text.substring(end + 1));
    }

    /// The queue of what it is to get.
    TopicName queue() {
        return new TopicName(namespace, PREFIX + clientId);
    }

    /// The queue of how far its exchanges at QoS 2 have come.
    TopicName marks() {
        return new TopicName(namespace, PREFIX + clientId + "/marks");
    }

    @Override
    public String toString() {
        return namespace + SEPARATOR + clientId;
    }
}
