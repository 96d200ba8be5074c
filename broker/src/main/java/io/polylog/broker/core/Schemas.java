package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Topic;
import io.polylog.broker.schema.BodySchema;
import io.polylog.message.Message;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Schemas of queues and topics, compiled once. Any thread.
final class Schemas {
    private static final int MOST_KEPT = 1_000;

    private final Surroundings.Opener opener;
    private final Map<String, BodySchema> compiled = new ConcurrentHashMap<>();

    Schemas(Surroundings.Opener opener) {
        this.opener = opener;
    }

    /// Checks a schema; "" is none.
    ///
    /// @throws BrokerException INVALID where it makes no sense
    static void check(String schema) {
        if (!schema.isEmpty()) {
            BodySchema.of(schema);
        }
    }

    /// Those of topics.
    static List<String> of(List<Topic> topics) {
        return topics.stream()
                .map(topic -> topic.policy().admission().schema())
                .filter(schema -> !schema.isEmpty())
                .distinct()
                .toList();
    }

    /// Why a message does not fit the first of several that it does not fit; null where it fits
    /// all.
    ///
    /// @param content of one message
    @Nullable String problem(List<String> schemas, Content content) {
        List<Message> messages = opener.messages(content);
        for (String schema : schemas) {
            for (Message message : messages) {
                String problem = compiled(schema).problem(message.body());
                if (problem != null) {
                    return problem;
                }
            }
        }
        return null;
    }

    private BodySchema compiled(String schema) {
        BodySchema known = compiled.get(schema);
        if (known == null) {
            known = BodySchema.of(schema);
            if (compiled.size() >= MOST_KEPT) {
                compiled.clear();
            }
            compiled.put(schema, known);
        }
        return known;
    }
}
