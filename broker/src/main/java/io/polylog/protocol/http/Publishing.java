package io.polylog.protocol.http;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.broker.Session;
import io.polylog.http.Answers;
import io.polylog.http.Answers.Answer;
import io.polylog.http.Exchange;
import io.polylog.http.Refusal;
import io.polylog.http.Request;
import io.polylog.http.Status;
import io.polylog.message.Message;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// `POST messages`: one message as the request's body, or several as JSON. The answer leaves when
/// all of them are decided. Any thread.
final class Publishing {
    private static final String BATCH = "application/vnd.polylog.batch+json";
    private static final String LINES = "application/x-ndjson";
    private static final String LINE = "application/json";
    private static final int MOST_MESSAGES = 1_000;

    /// JSON that takes longer to read is not read on a loop.
    private static final int MOST_ON_LOOP_BYTES = 128 << 10;

    /// Before the name of a header of the message's own, in lower case.
    private static final String OWN = "x-header-";

    private final Executor threads;

    /// @param threads runs each task on a thread that may wait
    Publishing(Executor threads) {
        this.threads = threads;
    }

    /// Several messages.
    record Several(@Nullable List<@Nullable Said> messages) {}

    /// The form of a request's body.
    private enum Form {
        /// It is the message.
        RAW,
        /// Each line is one.
        LINES,
        /// [Several].
        BATCH
    }

    /// Where messages go.
    ///
    /// @param subject what they were published on
    /// @param asks of which topic the answer tells the place, or null
    private record Target(Address address, String subject, @Nullable TopicName asks) {}

    /// The largest body of a request.
    static int mostBytes(Request request, HttpSettings settings) {
        return form(request) == Form.RAW ? settings.messageBytes() : settings.batchBytes();
    }

    private static Form form(Request request) {
        String type = request.header("Content-Type");
        if (type == null) {
            return Form.RAW;
        }
        int end = type.indexOf(';');
        String kind = end < 0 ? type : type.substring(0, end).strip();
        if (kind.equalsIgnoreCase(BATCH)) {
            return Form.BATCH;
        }
        return kind.equalsIgnoreCase(LINES) ? Form.LINES : Form.RAW;
    }

    /// To a queue or topic by its name.
    void toTopic(HttpPlace place, Session session, Exchange exchange) {
        TopicName topic = Named.topic(exchange.request());
        Address address = new Address.Direct(topic, -1);
        publish(place, session, exchange, new Target(address, topic.name(), topic));
    }

    /// To a subject; where a topic of that name has it, the answer says where.
    void toSubject(HttpPlace place, Session session, Exchange exchange) {
        String namespace = Named.namespace(exchange.request());
        String subject = Named.path(exchange.request(), "subject");
        TopicName same = new TopicName(namespace, subject);
        boolean isThere = session.definitions().topic(same) != null;
        Address address = new Address.Subject(namespace, subject);
        publish(place, session, exchange, new Target(address, subject, isThere ? same : null));
    }

    private void publish(HttpPlace place, Session session, Exchange exchange, Target target) {
        Request request = exchange.request();
        boolean takesLong =
                form(request) == Form.BATCH && request.body().length > MOST_ON_LOOP_BYTES;
        if (!takesLong) {
            publish(session, exchange, target, contents(request, target, place.settings()));
            return;
        }
        threads.execute(() -> {
            try {
                List<Content> contents = contents(request, target, place.settings());
                exchange.later(() -> publish(session, exchange, target, contents));
            } catch (RuntimeException failed) {
                exchange.later(() -> exchange.answer(Answers.failure(failed)));
            }
        });
    }

    private static List<Content> contents(Request request, Target target, HttpSettings settings) {
        return switch (form(request)) {
            case RAW -> List.of(raw(request, target.subject));
            case LINES -> lines(request, target.subject, settings);
            case BATCH -> batch(request.body(), target.subject, settings);
        };
    }

    private static void publish(
            Session session, Exchange exchange, Target target, List<Content> contents) {
        if (exchange.isOver()) { // its session is, too
            return;
        }
        List<Publication> all = new ArrayList<>(contents.size());
        for (Content content : contents) {
            all.add(new Publication(target.address, content, null, target.asks));
        }
        session.publish(
                all,
                outcomes ->
                        exchange.answer(
                                Answers.reply(answer(outcomes, all.size(), target.subject))));
    }

    // What is said -----------------------------------------------------------------------------

    private static List<Content> batch(byte[] body, String subject, HttpSettings settings) {
        List<@Nullable Said> messages = Json.asked(body, Several.class).messages();
        if (messages == null || messages.isEmpty()) {
            throw Json.invalid("messages: there is none");
        }
        if (messages.size() > MOST_MESSAGES) {
            throw tooMany();
        }
        List<Content> contents = new ArrayList<>(messages.size());
        for (int i = 0; i < messages.size(); i++) {
            contents.add(one(messages.get(i), i, subject, settings));
        }
        return contents;
    }

    private static Content one(
            @Nullable Said said, int index, String subject, HttpSettings settings) {
        String where = "messages[" + index + "]: ";
        if (said == null) {
            throw Json.invalid(where + "this is no object");
        }
        if (said.subject() != null) {
            throw Json.invalid(where + "the subject is what the path says");
        }
        try {
            ByteBuffer payload = said.payload();
            if (payload != null && payload.remaining() > settings.messageBytes()) {
                throw tooLarge(where, settings);
            }
            return content(said, said.message(subject, payload));
        } catch (IllegalArgumentException bad) {
            throw Json.invalid(where + bad.getMessage());
        }
    }

    private static Refusal tooLarge(String where, HttpSettings settings) {
        return new Refusal(
                Status.CONTENT_TOO_LARGE,
                "TOO_LARGE",
                where + "the body is larger than " + settings.messageBytes() + " bytes",
                null);
    }

    private static Refusal tooMany() {
        return new Refusal(
                Status.CONTENT_TOO_LARGE,
                "TOO_LARGE",
                "messages: more than " + MOST_MESSAGES,
                "send them in several requests");
    }

    /// Lines with nothing in them are none.
    private static List<Content> lines(Request request, String subject, HttpSettings settings) {
        Said said = said(request, LINE);
        if (said.messageId() != null || said.tombstone() != null) {
            throw Json.invalid("X-Message-Id, X-Tombstone: not for several messages");
        }
        Message first = said.message(subject, ByteBuffer.allocate(0));
        byte[] head = HttpContent.head(first);
        Envelope envelope = said.envelope(first);
        byte[] body = request.body();
        List<Content> contents = new ArrayList<>();
        int start = 0;
        for (int end = 0; end <= body.length; end++) {
            if (end < body.length && body[end] != '\n') {
                continue;
            }
            int length = end - start - (end > start && body[end - 1] == '\r' ? 1 : 0);
            if (length > settings.messageBytes()) {
                throw tooLarge("line " + (contents.size() + 1) + ": ", settings);
            }
            if (length > 0) {
                ByteBuffer line = ByteBuffer.wrap(body, start, length);
                contents.add(
                        new Content(HttpMapping.ENCODING, envelope, HttpContent.of(head, line)));
            }
            start = end + 1;
        }
        if (contents.isEmpty()) {
            throw Json.invalid("there is no line with a message");
        }
        if (contents.size() > MOST_MESSAGES) {
            throw tooMany();
        }
        return contents;
    }

    private static Content raw(Request request, String subject) {
        byte[] body = request.body();
        Said said = said(request, request.header("Content-Type"));
        boolean none = Boolean.TRUE.equals(said.tombstone());
        if (none && body.length > 0) {
            throw Json.invalid("X-Tombstone: a tombstone has no body");
        }
        try {
            return content(said, said.message(subject, none ? null : ByteBuffer.wrap(body)));
        } catch (IllegalArgumentException bad) {
            throw Json.invalid(bad.getMessage() == null ? "" : bad.getMessage());
        }
    }

    private static Said said(Request request, @Nullable String type) {
        return new Said(
                null,
                text(request, "X-Key"),
                null,
                type,
                text(request, "Content-Encoding"),
                text(request, "X-Correlation-Id"),
                text(request, "X-Reply-To"),
                text(request, "X-Message-Id"),
                text(request, "X-Type"),
                text(request, "X-User-Id"),
                text(request, "X-App-Id"),
                number(request, "X-Timestamp-Ms"),
                number(request, "X-Time-To-Live-Ms"),
                small(request, "X-Priority"),
                number(request, "X-Delay-Ms"),
                own(request),
                "true".equals(text(request, "X-Tombstone")) ? Boolean.TRUE : null,
                null,
                null,
                null);
    }

    private static @Nullable String text(Request request, String name) {
        return request.header(name);
    }

    private static @Nullable Long number(Request request, String name) {
        String text = text(request, name);
        try {
            return text == null ? null : Long.valueOf(text.strip());
        } catch (NumberFormatException bad) {
            throw Json.invalid(name + ": this is no number: " + text);
        }
    }

    private static @Nullable Integer small(Request request, String name) {
        Long number = number(request, name);
        return number == null ? null : Math.clamp(number, -1, Integer.MAX_VALUE);
    }

    private static @Nullable Map<String, @Nullable Object> own(Request request) {
        Map<String, @Nullable Object> own = new LinkedHashMap<>();
        for (Map.Entry<String, String> header : request.headers()) {
            String name = header.getKey();
            if (name.length() > OWN.length() && name.regionMatches(true, 0, OWN, 0, OWN.length())) {
                own.put(name.substring(OWN.length()).toLowerCase(Locale.ROOT), header.getValue());
            }
        }
        return own.isEmpty() ? null : own;
    }

    private static Content content(Said said, Message message) {
        return new Content(HttpMapping.ENCODING, said.envelope(message), HttpContent.of(message));
    }

    // What became of it ------------------------------------------------------------------------

    private static Object answer(Outcomes outcomes, int count, String subject) {
        List<Map<String, Object>> each = new ArrayList<>(count);
        Map<String, Object> answer = new LinkedHashMap<>();
        int status = Status.OK;
        for (int i = 0; i < count; i++) {
            Outcome outcome = outcomes.at(i);
            if (outcome == Outcome.STORED) {
                each.add(stored(outcomes.placed(i), subject));
                continue;
            }
            each.add(refused(outcome, subject));
            if (answer.isEmpty()) {
                status = status(outcome);
                answer.putAll(refused(outcome, subject));
            }
        }
        answer.put("messages", each);
        return new Answer(status, answer);
    }

    private static Map<String, Object> stored(@Nullable Placed placed, String subject) {
        Map<String, Object> shown = new LinkedHashMap<>();
        if (placed == null) {
            shown.put("subject", subject);
            return shown;
        }
        shown.put("topic", placed.topic().name());
        shown.put("partition", placed.partition());
        shown.put("offset", placed.offset());
        if (placed.duplicate()) {
            shown.put("duplicate", true);
        }
        return shown;
    }

    private static Map<String, Object> refused(Outcome outcome, String subject) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("code", code(outcome));
        shown.put("message", why(outcome, subject));
        String hint = hint(outcome);
        if (hint != null) {
            shown.put("hint", hint);
        }
        return shown;
    }

    private static String code(Outcome outcome) {
        return outcome == Outcome.REJECTED ? "FULL" : outcome.name();
    }

    private static int status(Outcome outcome) {
        return switch (outcome) {
            case STORED -> Status.OK;
            case UNROUTABLE, NOT_FOUND -> Status.NOT_FOUND;
            case DENIED -> Status.FORBIDDEN;
            case CONFLICT, UNFIT -> Status.CONFLICT;
            case TOO_LARGE -> Status.CONTENT_TOO_LARGE;
            case REJECTED, DISK_FULL, BUSY, CLOSED -> Status.UNAVAILABLE;
        };
    }

    private static String why(Outcome outcome, String subject) {
        return switch (outcome) {
            case STORED -> "stored";
            case UNROUTABLE -> "nobody keeps or hears what is published on '" + subject + "'";
            case NOT_FOUND -> "no queue or topic '" + subject + "'";
            case DENIED -> "no permission to publish to '" + subject + "'";
            case REJECTED -> "a queue is full and refuses the message";
            case CONFLICT, UNFIT -> "not stored";
            case TOO_LARGE -> "the message is larger than the broker's limit";
            case DISK_FULL -> "no disk space for new messages";
            case BUSY -> "too many messages wait";
            case CLOSED -> "the broker goes down; whether it is stored is not known";
        };
    }

    private static @Nullable String hint(Outcome outcome) {
        return switch (outcome) {
            case NOT_FOUND -> "make it with PUT /v1/queues/NAME or PUT /v1/topics/NAME";
            case UNROUTABLE -> "make a topic of that name, or bind a queue to amq.topic";
            case REJECTED, BUSY, CLOSED -> "try again a little later";
            default -> null;
        };
    }
}
