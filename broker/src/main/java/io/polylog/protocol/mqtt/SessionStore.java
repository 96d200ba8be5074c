package io.polylog.protocol.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sessions that are remembered: all of them in memory, each written before its client is
/// answered. A session is written by who holds its claim. Any thread; stages complete on the loop
/// of the session they are given.
final class SessionStore {
    private static final Logger log = LoggerFactory.getLogger(SessionStore.class);
    private static final KeyedTopic TOPIC =
            new KeyedTopic(new TopicName(TopicName.DEFAULT_NAMESPACE, "$mqtt/sessions"));
    private static final byte[] NOBODY = {};
    private static final byte[] NO_PROPERTIES = {};
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ConcurrentHashMap<ClientKey, SessionRecord> records = new ConcurrentHashMap<>();

    @Nullable SessionRecord find(ClientKey key) {
        return records.get(key);
    }

    Collection<SessionRecord> all() {
        return records.values();
    }

    /// Reads what was written before the last stop.
    CompletionStage<@Nullable Void> load(Session session) {
        if (!TOPIC.isThere(session)) {
            return Stages.DONE;
        }
        Reader reader = session.reader(TOPIC.name(), 0);
        return KeyedTopic.scan(reader, 0, this::take).thenRun(reader::close);
    }

    private void take(Reader.Entry entry) {
        Content content = entry.content();
        byte[] key = content.envelope().key();
        if (content.encoding() != MqttMapping.ENCODING || key == null) {
            return;
        }
        try {
            if (content.envelope().tombstone()) {
                records.remove(ClientKey.of(new String(key, UTF_8)));
            } else {
                ByteBuffer stored = new MqttContent().wrap(content.bytes()).payload();
                SessionRecord sound = SessionRecord.read(stored);
                records.put(sound.key(), sound);
            }
        } catch (IllegalArgumentException damaged) {
            log.error("a session of MQTT cannot be read, offset {}", entry.offset(), damaged);
        }
    }

    /// Writes a session's record.
    CompletionStage<@Nullable Void> write(Session session, SessionRecord sound) {
        records.put(sound.key(), sound);
        byte[] key = sound.key().toString().getBytes(UTF_8);
        ByteBuffer bytes = MqttContent.stored(head(), sound.stored());
        return publish(session, TOPIC.put(key, bytes, -1));
    }

    /// Forgets a session.
    CompletionStage<@Nullable Void> remove(Session session, ClientKey gone) {
        if (records.remove(gone) == null) {
            return Stages.DONE;
        }
        byte[] key = gone.toString().getBytes(UTF_8);
        return publish(session, TOPIC.remove(key, MqttContent.stored(head(), NOTHING)));
    }

    private static MqttContent.Head head() {
        return new MqttContent.Head(0, NOBODY, TOPIC.name().name(), -1, NO_PROPERTIES);
    }

    private static CompletionStage<@Nullable Void> publish(Session session, Publication one) {
        List<Publication> all = List.of(one);
        return TOPIC.isThere(session)
                ? KeyedTopic.publish(session, all)
                : TOPIC.make(session).thenCompose(_ -> KeyedTopic.publish(session, all));
    }
}
