package io.polylog.protocol.http;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.http.Refusal;
import io.polylog.http.Request;
import io.polylog.http.Status;
import io.polylog.http.cloudevents.CloudEvent;
import io.polylog.http.cloudevents.EventMapping;
import io.polylog.http.cloudevents.HttpBinding;
import io.polylog.http.cloudevents.JsonFormat;
import io.polylog.message.Message;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The messages in a request's body, in all the forms that it may have. Stateless; any thread.
final class Contents {
    private static final String BATCH = "application/vnd.polylog.batch+json";
    private static final String LINES = "application/x-ndjson";
    private static final String LINE = "application/json";
    private static final int MOST_MESSAGES = 1_000;

    /// JSON that takes longer to read is not read on a loop.
    static final int MOST_ON_LOOP_BYTES = 128 << 10;

    /// Before the name of a header of the message's own, in lower case.
    private static final String OWN = "x-header-";

    private static final String REPLY_TO = "X-Reply-To";
    private static final String EVENT_HEADER = HttpBinding.PREFIX + "specversion";

    private Contents() {}

    /// Several messages.
    record Several(@Nullable List<@Nullable Said> messages) {}

    /// The form of a request's body.
    private enum Form {
        /// It is the message.
        RAW,
        /// Each line is one.
        LINES,
        /// [Several].
        BATCH,
        /// It is an event of CloudEvents in structured mode.
        EVENT,
        /// An array of them.
        EVENTS
    }

    /// The largest body of a request.
    static int mostBytes(Request request, HttpSettings settings) {
        return switch (form(request)) {
            case RAW -> settings.messageBytes();
            case LINES, BATCH, EVENTS -> settings.batchBytes();
            case EVENT -> Math.min(2 * settings.messageBytes(), settings.batchBytes());
        };
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
        if (kind.equalsIgnoreCase(JsonFormat.BATCH_MEDIA_TYPE)) {
            return Form.EVENTS;
        }
        if (JsonFormat.isEvent(type)) {
            return Form.EVENT;
        }
        return kind.equalsIgnoreCase(LINES) ? Form.LINES : Form.RAW;
    }

    /// Whether its body takes longer to read than a loop should wait.
    static boolean takesLong(Request request) {
        return switch (form(request)) {
            case RAW, LINES -> false;
            case BATCH, EVENT, EVENTS -> request.body().length > MOST_ON_LOOP_BYTES;
        };
    }

    /// The messages.
    ///
    /// @param subject they are published on
    /// @throws Refusal 400 or 413, naming what makes no sense
    static List<Content> of(Request request, String subject, HttpSettings settings) {
        return switch (form(request)) {
            case RAW -> List.of(raw(request, subject, request.header(REPLY_TO)));
            case LINES -> lines(request, subject, settings);
            case BATCH -> batch(request.takeBody(), subject, settings);
            case EVENT ->
                    events(
                            List.of(told(() -> JsonFormat.read(request.takeBody()))),
                            subject,
                            settings);
            case EVENTS ->
                    events(told(() -> JsonFormat.readAll(request.takeBody())), subject, settings);
        };
    }

    private static List<Content> batch(byte[] body, String subject, HttpSettings settings) {
        return all(Json.asked(body, Several.class).messages(), subject, settings);
    }

    /// Several messages.
    ///
    /// @throws Refusal 400 or 413, naming what makes no sense
    static List<Content> all(
            @Nullable List<@Nullable Said> messages, String subject, HttpSettings settings) {
        if (messages == null || messages.isEmpty()) {
            throw Json.invalid("messages: there is none");
        }
        if (messages.size() > MOST_MESSAGES) {
            throw tooMany();
        }
        List<Content> contents = new ArrayList<>(messages.size());
        for (int i = 0; i < messages.size(); i++) {
            contents.add(one(messages.get(i), "messages[" + i + "]: ", subject, settings));
        }
        return contents;
    }

    /// The message that JSON says.
    ///
    /// @param where it is said, before what is wrong with it
    /// @throws Refusal 400 or 413
    static Content one(@Nullable Said said, String where, String subject, HttpSettings settings) {
        if (said == null) {
            throw Json.invalid(where + "this is no object");
        }
        if (said.subject() != null) {
            throw Json.invalid(where + "the subject is said elsewhere");
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
        Said said = said(request, LINE, request.header(REPLY_TO));
        if (said.messageId() != null || said.tombstone() != null) {
            throw Json.invalid("X-Message-Id, X-Tombstone: not for several messages");
        }
        Message first = said.message(subject, ByteBuffer.allocate(0));
        byte[] head = HttpContent.head(first);
        Envelope envelope = said.envelope(first);
        byte[] body = request.takeBody();
        List<Content> contents = new ArrayList<>();
        int start = 0;
        while (start < body.length) {
            int end = Lines.end(body, start);
            int length = end - start - (end > start && body[end - 1] == '\r' ? 1 : 0);
            if (length > settings.messageBytes()) {
                throw tooLarge("line " + (contents.size() + 1) + ": ", settings);
            }
            if (length > 0) {
                if (contents.size() == MOST_MESSAGES) {
                    throw tooMany();
                }
                ByteBuffer line = ByteBuffer.wrap(body, start, length);
                contents.add(
                        new Content(HttpMapping.ENCODING, envelope, HttpContent.of(head, line)));
            }
            start = end + 1;
        }
        if (contents.isEmpty()) {
            throw Json.invalid("there is no line with a message");
        }
        return contents;
    }

    /// The message that a body is, with an address to answer to.
    ///
    /// @throws Refusal 400
    static Content asking(Request request, String subject, String replyTo) {
        return raw(request, subject, replyTo);
    }

    private static Content raw(Request request, String subject, @Nullable String replyTo) {
        byte[] body = request.takeBody();
        if (request.header(EVENT_HEADER) != null) {
            return event(binary(request, body), subject, replyTo);
        }
        Said said = said(request, request.header("Content-Type"), replyTo);
        boolean none = Boolean.TRUE.equals(said.tombstone());
        if (none && body.length > 0) {
            throw Json.invalid("X-Tombstone: a tombstone has no body");
        }
        return told(
                () -> content(said, said.message(subject, none ? null : ByteBuffer.wrap(body))));
    }

    private static Said said(Request request, @Nullable String type, @Nullable String replyTo) {
        return new Said(
                null,
                text(request, "X-Key"),
                null,
                type,
                text(request, "Content-Encoding"),
                text(request, "X-Correlation-Id"),
                replyTo,
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
        return Numbers.parsed(name, text(request, name));
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

    /// What makes no sense in what is said is told with a hint.
    private static <T> T told(Supplier<T> reading) {
        try {
            return reading.get();
        } catch (IllegalArgumentException bad) {
            throw Json.invalid(String.valueOf(bad.getMessage()));
        }
    }

    private static Content content(Said said, Message message) {
        return new Content(HttpMapping.ENCODING, said.envelope(message), HttpContent.of(message));
    }

    // CloudEvents ------------------------------------------------------------------------------

    private static CloudEvent binary(Request request, byte[] data) {
        Map<String, String> headers = new LinkedHashMap<>();
        request.headers()
                .forEach(each ->
                        headers.put(each.getKey().toLowerCase(Locale.ROOT), each.getValue()));
        return told(() -> HttpBinding.event(headers, ByteBuffer.wrap(data)));
    }

    private static List<Content> events(
            List<CloudEvent> events, String subject, HttpSettings settings) {
        if (events.isEmpty()) {
            throw Json.invalid("there is no event");
        }
        if (events.size() > MOST_MESSAGES) {
            throw tooMany();
        }
        List<Content> contents = new ArrayList<>(events.size());
        for (CloudEvent event : events) {
            ByteBuffer data = event.data();
            if (data != null && data.remaining() > settings.messageBytes()) {
                throw tooLarge("event " + contents.size() + ": ", settings);
            }
            contents.add(event(event, subject, null));
        }
        return contents;
    }

    /// One without data is empty, and no tombstone.
    ///
    /// @param replyTo where to answer it, or null
    private static Content event(CloudEvent event, String subject, @Nullable String replyTo) {
        ByteBuffer none = ByteBuffer.allocate(0);
        CloudEvent whole = event.data() == null ? new CloudEvent(event.attributes(), none) : event;
        Message message = told(() -> EventMapping.message(whole, subject));
        Message answered = replyTo == null ? message : message.answeredTo(replyTo);
        return content(Said.head(answered), answered);
    }
}
