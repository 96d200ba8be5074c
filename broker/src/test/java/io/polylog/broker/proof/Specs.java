package io.polylog.broker.proof;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.ExchangeSpec.HashOn;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What tests declare.
final class Specs {
    static final String NS = TopicName.DEFAULT_NAMESPACE;
    static final Lifetime AUTO_DELETE = new Lifetime(true, true, false, false, false);
    static final Lifetime EXCLUSIVE = new Lifetime(false, false, true, false, false);
    static final Lifetime IN_MEMORY = new Lifetime(false, false, false, true, false);
    static final Lifetime UNLISTED = new Lifetime(true, false, false, false, false);
    static final Lifetime PROVISIONAL = new Lifetime(true, false, false, true, true);

    private Specs() {}

    static TopicSpec queue(String name) {
        return queue(name, Lifetime.DURABLE);
    }

    static TopicSpec queue(String name, Lifetime lifetime) {
        return spec(name, Form.MESSAGES, 1, Retention.QUEUE, lifetime);
    }

    static TopicSpec queue(String name, QueuePolicy policy) {
        return queue(name, policy, Lifetime.DURABLE);
    }

    static TopicSpec queue(String name, QueuePolicy policy, Lifetime lifetime) {
        TopicSpec plain = queue(name, lifetime);
        return new TopicSpec(
                plain.name(),
                plain.form(),
                1,
                plain.retention(),
                plain.lifetime(),
                policy,
                Map.of());
    }

    /// A queue whose consumers are served in a way of their own.
    static TopicSpec served(String name, QueuePolicy.Service service) {
        return queue(name, QueuePolicy.NONE.with(service));
    }

    /// A topic of messages that are kept and read by offset.
    static TopicSpec stream(String name, int partitions) {
        return spec(name, Form.MESSAGES, partitions, Retention.FOREVER, Lifetime.DURABLE);
    }

    /// A topic of producers' batches.
    static TopicSpec batches(String name, int partitions) {
        return spec(name, Form.BATCHES, partitions, Retention.FOREVER, Lifetime.DURABLE);
    }

    static TopicSpec spec(
            String name, Form form, int partitions, Retention retention, Lifetime lifetime) {
        return new TopicSpec(TopicName.of(name), form, partitions, retention, lifetime, Map.of());
    }

    static TopicSpec with(TopicSpec spec, Map<String, String> arguments) {
        return new TopicSpec(
                spec.name(),
                spec.form(),
                spec.partitions(),
                spec.retention(),
                spec.lifetime(),
                arguments);
    }

    static ExchangeSpec exchange(String name, ExchangeSpec.Kind kind) {
        return ExchangeSpec.durable(NS, name, kind);
    }

    static ExchangeSpec exchange(String name, ExchangeSpec.Kind kind, String alternate) {
        return new ExchangeSpec(
                NS, name, kind, true, false, false, alternate, HashOn.Known.ROUTING_KEY, Map.of());
    }

    static Binding toQueue(String exchange, String queue, String key) {
        return new Binding(NS, exchange, false, queue, key, Map.of());
    }

    static Binding toExchange(String exchange, String destination, String key) {
        return new Binding(NS, exchange, true, destination, key, Map.of());
    }

    static Binding byHeaders(String exchange, String queue, Map<String, @Nullable Object> match) {
        return new Binding(NS, exchange, false, queue, "", match);
    }
}
