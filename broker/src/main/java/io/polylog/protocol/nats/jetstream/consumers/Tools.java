package io.polylog.protocol.nats.jetstream.consumers;

import io.netty.util.concurrent.EventExecutor;
import io.polylog.broker.Session;
import io.polylog.protocol.nats.jetstream.api.Advisories;
import io.polylog.protocol.nats.jetstream.api.Replies;
import io.polylog.protocol.nats.jetstream.streams.StoredMessages;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// What all consumers share.
///
/// @param wallMs milliseconds since 1970
public record Tools(
        Session session,
        Replies replies,
        Advisories advisories,
        StoredMessages stored,
        EventExecutor home,
        Supplier<String> uniqueNames,
        LongSupplier wallMs) {}
