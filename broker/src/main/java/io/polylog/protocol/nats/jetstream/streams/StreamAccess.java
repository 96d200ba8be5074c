package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.broker.BrokerException;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.jetstream.api.ApiRequest;
import io.polylog.security.Operation;
import io.polylog.security.Permissions;

/// The streams that somebody may use. Any thread.
///
/// @param all there are
/// @param permissions what somebody may
public record StreamAccess(Streams all, Permissions permissions) {
    /// A stream to read from.
    ///
    /// @throws ApiException where there is none
    public StreamTopic toRead(ApiRequest request, String name) {
        return find(request, name, Operation.READ);
    }

    /// A stream to do something with.
    ///
    /// @throws ApiException where there is none
    public StreamTopic find(ApiRequest request, String name, Operation operation) {
        StreamTopic found = all.named(request.namespace(), name);
        check(request, operation, found.topicName());
        return found;
    }

    public void check(ApiRequest request, Operation operation, TopicName name) {
        if (!allows(request, operation, name)) {
            throw new BrokerException(
                    BrokerException.Kind.DENIED, "permissions violation: no " + operation);
        }
    }

    public boolean allows(ApiRequest request, Operation operation, TopicName name) {
        return permissions.allow(
                request.from().principal(), operation, name.namespace(), name.name());
    }
}
