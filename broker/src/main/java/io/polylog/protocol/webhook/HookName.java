package io.polylog.protocol.webhook;

import io.polylog.message.TopicName;

/// The name of a webhook within a namespace.
record HookName(String namespace, String name) {
    @Override
    public String toString() {
        return namespace.equals(TopicName.DEFAULT_NAMESPACE) ? name : namespace + ":" + name;
    }
}
