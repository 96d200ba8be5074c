package io.polylog.protocol.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Publication.Metadata;
import io.polylog.message.Header;
import io.polylog.message.HeaderText;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import io.polylog.protocol.stomp.StompFrame.Headers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is STOMP's of a message against what is everybody's, both ways, as `docs/translation.md`
/// tabulates. Stateless; any thread.
public final class StompMapping implements MessageCodec {
    /// The tag of stored STOMP messages ([StompContent]).
    public static final byte ENCODING = 40;

    private static final String CONTENT_TYPE = "content-type";
    private static final String CONTENT_ENCODING = "content-encoding";
    private static final String CORRELATION_ID = "correlation-id";
    static final String REPLY_TO = "reply-to";
    private static final String MESSAGE_ID = "amqp-message-id";
    private static final String TYPE = "type";
    private static final String USER_ID = "user-id";
    private static final String APP_ID = "app-id";
    private static final String PRIORITY = "priority";
    static final String EXPIRATION = "expiration";
    private static final String TIMESTAMP = "timestamp";
    private static final String TIMESTAMP_MS = "timestamp_in_ms";
    private static final String KEY = "x-key";
    private static final String TOMBSTONE = "x-tombstone";
    private static final String PERSISTENT = "persistent";
    private static final Set<String> OURS =
            Set.of(
                    CONTENT_TYPE,
                    CONTENT_ENCODING,
                    CORRELATION_ID,
                    REPLY_TO,
                    MESSAGE_ID,
                    TYPE,
                    USER_ID,
                    APP_ID,
                    PRIORITY,
                    EXPIRATION,
                    TIMESTAMP,
                    TIMESTAMP_MS,
                    KEY,
                    TOMBSTONE,
                    PERSISTENT);
    private static final long MS_PER_SECOND = 1000;
    private static final int HIGHEST_PRIORITY = 255;

    @Override
    public byte encoding() {
        return ENCODING;
    }

    // To the neutral message ---------------------------------------------------------------------

    @Override
    public List<Message> open(ByteBuffer content) {
        StompContent stored = StompContent.wrap(content);
        Headers headers = stored.headers();
        return List.of(
                new Message(
                        subject(stored.destination()),
                        key(headers),
                        properties(headers),
                        users(headers),
                        isTombstone(headers) ? null : stored.body()));
    }

    /// The routing key, subject or queue that a destination says.
    private static String subject(String destination) {
        try {
            return switch (StompDestination.parse(destination)) {
                case StompDestination.Queue(String name) -> name;
                case StompDestination.Existing(String name) -> name;
                case StompDestination.Topic(String subject) -> subject;
                case StompDestination.Exchange(_, String key) -> key;
                case StompDestination.Temp(String name) -> name;
            };
        } catch (StompException none) {
            return destination;
        }
    }

    private static byte @Nullable [] key(Headers headers) {
        String key = headers.first(KEY);
        return key == null ? null : key.getBytes(UTF_8);
    }

    private static boolean isTombstone(Headers headers) {
        return "true".equals(headers.first(TOMBSTONE));
    }

    private static Message.Properties properties(Headers headers) {
        return new Message.Properties(
                headers.first(CONTENT_TYPE),
                headers.first(CONTENT_ENCODING),
                headers.first(CORRELATION_ID),
                replyTo(headers.first(REPLY_TO)),
                headers.first(MESSAGE_ID),
                headers.first(TYPE),
                headers.first(USER_ID),
                headers.first(APP_ID),
                timestampMs(headers),
                number(headers, EXPIRATION, -1),
                priority(headers));
    }

    /// A queue goes by its name alone, as everybody else answers.
    private static @Nullable String replyTo(@Nullable String destination) {
        if (destination == null) {
            return null;
        }
        boolean queue =
                destination.startsWith(StompDestination.REPLY_QUEUE)
                        || destination.startsWith(StompDestination.QUEUE)
                        || destination.startsWith(StompDestination.AMQ_QUEUE);
        return queue ? subject(destination) : destination;
    }

    private static long timestampMs(Headers headers) {
        long ms = number(headers, TIMESTAMP_MS, -1);
        long seconds = number(headers, TIMESTAMP, 0);
        boolean inRange = seconds <= Long.MAX_VALUE / MS_PER_SECOND;
        return ms >= 0 ? ms : inRange ? seconds * MS_PER_SECOND : 0;
    }

    private static int priority(Headers headers) {
        long priority = number(headers, PRIORITY, -1);
        return priority > HIGHEST_PRIORITY ? -1 : (int) priority;
    }

    /// What is no number from 0 is as if it were not there.
    private static long number(Headers headers, String name, long fallback) {
        String text = headers.first(name);
        try {
            return text == null ? fallback : Math.max(fallback, Long.parseLong(text));
        } catch (NumberFormatException none) {
            return fallback;
        }
    }

    private static List<Header> users(Headers headers) {
        List<Header> users = new ArrayList<>(headers.size());
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < headers.size(); i++) {
            String name = headers.name(i);
            if (!OURS.contains(name) && seen.add(name)) {
                users.add(new Header(name, headers.value(i)));
            }
        }
        return users;
    }

    // To the core --------------------------------------------------------------------------------

    /// What the core must know of a message.
    static Envelope envelope(Headers headers) {
        long timestampMs = timestampMs(headers);
        long timeToLiveMs = number(headers, EXPIRATION, -1);
        int priority = priority(headers);
        byte[] key = key(headers);
        boolean tombstone = isTombstone(headers);
        boolean plain = timestampMs == 0 && timeToLiveMs < 0 && priority < 0;
        return plain && key == null && !tombstone
                ? Envelope.PLAIN
                : new Envelope(timestampMs, timeToLiveMs, priority, key, tombstone);
    }

    /// What an exchange may ask of a message.
    record Sent(Headers all) implements Metadata {
        @Override
        public Map<String, @Nullable Object> headers() {
            Map<String, @Nullable Object> map = new HashMap<>();
            users(all).forEach(header -> map.put(header.name(), header.value()));
            return map;
        }

        @Override
        public Message.Properties properties() {
            return StompMapping.properties(all);
        }
    }

    // From the neutral message -------------------------------------------------------------------

    /// A message of another protocol in the form in which STOMP messages are stored.
    static ByteBuffer stored(Message message, String destination) {
        Headers headers = new Headers();
        Message.Properties known = message.properties();
        add(headers, CONTENT_TYPE, known.contentType());
        add(headers, CONTENT_ENCODING, known.contentEncoding());
        add(headers, CORRELATION_ID, known.correlationId());
        add(headers, REPLY_TO, reply(known.replyTo()));
        add(headers, MESSAGE_ID, known.messageId());
        add(headers, TYPE, known.type());
        add(headers, USER_ID, known.userId());
        add(headers, APP_ID, known.appId());
        if (known.priority() >= 0) {
            add(headers, PRIORITY, known.priority());
        }
        if (known.timeToLiveMs() >= 0) {
            add(headers, EXPIRATION, known.timeToLiveMs());
        }
        if (known.timestampMs() > 0) {
            add(headers, TIMESTAMP, known.timestampMs() / MS_PER_SECOND);
            add(headers, TIMESTAMP_MS, known.timestampMs());
        }
        add(headers, KEY, keyText(message.key()));
        add(headers, PERSISTENT, true);
        if (message.body() == null) {
            add(headers, TOMBSTONE, true);
        }
        for (Header header : message.headers()) {
            if (StompContent.isKept(header.name()) && headers.first(header.name()) == null) {
                add(headers, header.name(), header.value());
            }
        }
        ByteBuffer body = message.body();
        return StompContent.of(destination, headers, body == null ? ByteBuffer.allocate(0) : body);
    }

    /// Where STOMP's clients answer: to the queue of that name.
    private static @Nullable String reply(@Nullable String to) {
        return to == null || to.startsWith("/") || to.isEmpty()
                ? to
                : StompDestination.REPLY_QUEUE + StompDestination.escaped(to);
    }

    /// Adds a header, unless there is no value or a frame cannot say it.
    static void add(Headers headers, String name, @Nullable Object value) {
        if (value == null || name.isEmpty()) {
            return;
        }
        String text = HeaderText.of(value);
        if (isSayable(name) && isSayable(text)) {
            headers.add(name, text);
        }
    }

    /// No version has an escape for NUL, which ends a frame.
    private static boolean isSayable(String text) {
        return text.indexOf('\0') < 0;
    }

    /// A key that is text; another would not be the same key.
    private static @Nullable String keyText(byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        String text = new String(bytes, UTF_8);
        return Arrays.equals(text.getBytes(UTF_8), bytes) ? text : null;
    }
}
