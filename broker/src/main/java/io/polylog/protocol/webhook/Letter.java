package io.polylog.protocol.webhook;

import io.polylog.broker.Delivery;
import org.jspecify.annotations.Nullable;

/// A message ready to be sent. On its webhook's loop.
final class Letter {
    /// To be settled; without the message's bytes. Null of a test, which is no message.
    final @Nullable Delivery delivery;

    /// The same for every attempt.
    final String id;

    /// Lines of the head that are its own, each with its end.
    final String fields;

    final byte[] body;

    /// How often its receiver asked to wait with it.
    int postponed;

    /// @param id as `webhook-id` has it
    /// @param fields checked already: nothing in them ends the head
    Letter(@Nullable Delivery delivery, String id, String fields, byte[] body) {
        this.delivery = delivery;
        this.id = id;
        this.fields = fields;
        this.body = body;
    }

    /// About what it takes in memory.
    int size() {
        return body.length + fields.length();
    }
}
