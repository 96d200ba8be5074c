package io.polylog.interop.between;

import io.nats.client.Message;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.nats.Jnats;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// NATS' own client; accepted is what a flush is behind.
final class NatsFamily implements Family {
    private static final String QUEUE = "$queue.";

    /// The headers that fields have.
    private static final Map<String, String> NAMES =
            Map.of(
                    Letter.CONTENT_TYPE,
                    "Content-Type",
                    Letter.CONTENT_ENCODING,
                    "Content-Encoding",
                    Letter.CORRELATION_ID,
                    "Correlation-Id",
                    Letter.MESSAGE_ID,
                    "Nats-Msg-Id",
                    Letter.TYPE,
                    "Type",
                    Letter.APP_ID,
                    "App-Id",
                    Letter.PRIORITY,
                    "Priority",
                    Letter.TIMESTAMP,
                    "Timestamp",
                    Letter.KEY,
                    "Key",
                    Letter.EXPIRATION,
                    "Nats-TTL");

    /// A header that NATS has no letters for.
    private static final Map<String, String> SPELLED = Map.of("größe", "gr_xC3_xB6_xC3_x9Fe");

    private final Jnats nats;
    private Subscription subscription;

    NatsFamily(RunningBroker broker) throws Exception {
        nats = Jnats.on(broker);
    }

    @Override
    public void listen(String subject) throws Exception {
        subscription = nats.subscribe(subject.equals("#") ? ">" : subject);
    }

    @Override
    public void publish(String subject, Letter letter) throws Exception {
        Headers headers = new Headers();
        letter.headers()
                .forEach((name, value) -> headers.add(SPELLED.getOrDefault(name, name), value));
        Map<String, String> fields = new HashMap<>(letter.fields());
        String replyTo = fields.remove(Letter.REPLY_TO);
        fields.computeIfPresent(Letter.EXPIRATION, (_, ms) -> ms + "ms");
        fields.forEach((name, value) -> headers.add(NAMES.get(name), value));
        nats.client.publish(
                NatsMessage.builder()
                        .subject(subject)
                        .replyTo(replyTo == null ? null : QUEUE + replyTo)
                        .headers(headers)
                        .data(letter.body())
                        .build());
        nats.client.flush(Jnats.PATIENCE);
    }

    @Override
    public Letter next() throws Exception {
        Message came = Jnats.next(Objects.requireNonNull(subscription));
        Letter letter = letter(came);
        if (came.getReplyTo() != null) {
            letter.fields()
                    .put(Letter.REPLY_TO, came.getReplyTo().replace(QUEUE, "").split("\\.")[0]);
        }
        return letter;
    }

    /// What a message says, but for its reply subject.
    static Letter letter(Message came) {
        Map<String, String> headers = new TreeMap<>();
        if (came.getHeaders() != null) {
            came.getHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
        }
        Map<String, String> fields = new TreeMap<>();
        NAMES.forEach((field, name) -> Fields.put(fields, field, headers.remove(name)));
        fields.computeIfPresent(Letter.EXPIRATION, (_, text) -> ms(text));
        SPELLED.forEach((name, spelled) -> Fields.put(headers, name, headers.remove(spelled)));
        return new Letter(came.getData(), fields, headers);
    }

    private static String ms(String text) {
        return text.endsWith("ms")
                ? text.substring(0, text.length() - 2)
                : Long.parseLong(text.substring(0, text.length() - 1)) * 1000 + "";
    }

    @Override
    public void close() {
        nats.close();
    }
}
