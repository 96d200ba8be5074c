package io.polylog.protocol.kafka;

import io.polylog.broker.Definitions;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.message.TopicName;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.jspecify.annotations.Nullable;

/// Topic names as Kafka spells them: letters, digits, `.`, `_`, `-`, at most 249. Every other byte
/// of a name is `_x` and two upper-case hexadecimal digits, and so is an underscore that would
/// begin such a group: `eu/orders` is `eu_x2Forders`. Stateless; any thread.
final class KafkaNames {
    private static final int MOST_CHARACTERS = 249;
    private static final int ESCAPE_CHARACTERS = 4;

    /// What the names of topics and queues begin with that an adapter keeps for itself.
    private static final String ADAPTERS = "$";

    private KafkaNames() {}

    /// The topic a client means.
    ///
    /// @throws InvalidTopicException if Kafka has no such names
    static TopicName topicName(String kafkaName) {
        String plain = unescape(kafkaName);
        if (plain.isEmpty() || !kafkaName.equals(escape(plain))) {
            throw new InvalidTopicException("'" + kafkaName + "' is not a topic name");
        }
        return TopicName.of(plain);
    }

    /// How Kafka's clients see a topic or queue; empty where they do not: it belongs to a session,
    /// an adapter or another namespace, or has no name of legal length.
    static Optional<String> kafkaName(Topic topic) {
        TopicSpec spec = topic.spec();
        boolean open =
                spec.name().namespace().equals(TopicName.DEFAULT_NAMESPACE)
                        && !spec.lifetime().exclusive()
                        && !spec.name().name().startsWith(ADAPTERS)
                        && (spec.lifetime().listed()
                                || spec.form() == TopicSpec.Form.BATCHES
                                || spec.retention().newestPerKey());
        if (!open) {
            return Optional.empty();
        }
        String escaped = escape(spec.name().name());
        return Optional.ofNullable(escaped.isEmpty() ? null : escaped);
    }

    /// The topic of that name that Kafka's clients may see.
    static @Nullable Topic find(Definitions definitions, String kafkaName) {
        Topic topic;
        try {
            topic = definitions.topic(topicName(kafkaName));
        } catch (InvalidTopicException e) {
            return null;
        }
        return topic != null && kafkaName(topic).isPresent() ? topic : null;
    }

    /// The topic of that id that Kafka's clients may see.
    static @Nullable Topic find(Definitions definitions, Uuid id) {
        Topic topic =
                definitions.topic(
                        new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits()));
        return topic != null && kafkaName(topic).isPresent() ? topic : null;
    }

    static Uuid id(Topic topic) {
        return new Uuid(topic.id().getMostSignificantBits(), topic.id().getLeastSignificantBits());
    }

    /// The name in Kafka's letters, or empty where there is none.
    static String escape(String name) {
        if (isPlain(name)) {
            return name;
        }
        StringBuilder out = new StringBuilder();
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        boolean dots = name.equals(".") || name.equals("..");
        for (int i = 0; i < bytes.length; i++) {
            char c = (char) (bytes[i] & 0xFF);
            if (legal(c) && !dots && !(c == '_' && escapeAt(bytes, i))) {
                out.append(c);
            } else {
                out.append("_x%02X".formatted((int) c));
            }
        }
        return out.length() > MOST_CHARACTERS ? "" : out.toString();
    }

    private static boolean escapeAt(byte[] bytes, int at) {
        return at + ESCAPE_CHARACTERS <= bytes.length
                && value(new String(bytes, at, ESCAPE_CHARACTERS, StandardCharsets.ISO_8859_1), 0)
                        >= 0;
    }

    private static boolean isPlain(String name) {
        if (name.length() > MOST_CHARACTERS || name.equals(".") || name.equals("..")) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!legal(c) || (c == '_' && value(name, i) >= 0)) {
                return false;
            }
        }
        return true;
    }

    private static String unescape(String kafkaName) {
        if (kafkaName.indexOf("_x") < 0) {
            return kafkaName;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int at = 0;
        while (at < kafkaName.length()) {
            int value = kafkaName.charAt(at) == '_' ? value(kafkaName, at) : -1;
            if (value >= 0) {
                out.write(value);
                at += ESCAPE_CHARACTERS;
            } else {
                out.writeBytes(kafkaName.substring(at, at + 1).getBytes(StandardCharsets.UTF_8));
                at++;
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /// The byte that the group `_xHH` at a place stands for, or -1 where there is none.
    private static int value(String name, int at) {
        if (name.length() < at + ESCAPE_CHARACTERS || name.charAt(at + 1) != 'x') {
            return -1;
        }
        String digits = name.substring(at + 2, at + ESCAPE_CHARACTERS);
        if (!digits.equals(digits.toUpperCase(Locale.ROOT))) {
            return -1;
        }
        int high = Character.digit(digits.charAt(0), 16);
        int low = Character.digit(digits.charAt(1), 16);
        return high < 0 || low < 0 ? -1 : (high << 4) | low;
    }

    private static boolean legal(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-';
    }
}
