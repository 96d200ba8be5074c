package io.polylog.protocol.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.http.Answers.Answer;
import io.polylog.http.Refusal;
import io.polylog.message.Message;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// `POST messages`: one message as the request's body, or several as JSON. The answer leaves when
/// all of them are decided. Any thread.
final class Publishing {
    private static final String BATCH = "application/vnd.polylog.batch+json";
    private static final int MOST_MESSAGES = 1_000;

    /// Before the name of a header of the message's own, in lower case.
    private static final String OWN = "x-header-";

    private final Bodies bodies;

    Publishing(Bodies bodies) {
        this.bodies = bodies;
    }

    /// Several messages.
    record Several(@Nullable List<@Nullable Said> messages) {}

    /// To a queue or topic by its name.
    Object toTopic(Call call) {
        TopicName topic = call.topic();
        Address address = new Address.Direct(topic, -1);
        return publish(call, address, topic.name(), topic);
    }

    /// To a subject; where a topic of that name has it, the answer says where.
    Object toSubject(Call call) {
        String subject = call.path("subject");
        TopicName same = new TopicName(call.namespace(), subject);
        boolean isThere = call.session().definitions().topic(same) != null;
        Address address = new Address.Subject(call.namespace(), subject);
        return publish(call, address, subject, isThere ? same : null);
    }

    private Object publish(Call call, Address address, String subject, @Nullable TopicName asks) {
        ServerRequest request = call.request();
        boolean several = isBatch(request);
        HttpSettings settings = call.place().settings();
        int most = several ? settings.batchBytes() : settings.messageBytes();
        return bodies.use(
                request,
                most,
                body -> {
                    List<Content> contents =
                            several
                                    ? batch(body, subject, settings)
                                    : List.of(raw(request, body, subject));
                    List<Publication> all =
                            contents.stream()
                                    .map(c -> new Publication(address, c, null, asks))
                                    .toList();
                    var decided = new CompletableFuture<Outcomes>();
                    call.session().publish(all, decided::complete);
                    return answer(call.await(decided), all, subject);
                });
    }

    private static boolean isBatch(ServerRequest request) {
        String type = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("");
        return type.split(";", 2)[0].strip().equalsIgnoreCase(BATCH);
    }

    // What is said -----------------------------------------------------------------------------

    private static List<Content> batch(byte[] body, String subject, HttpSettings settings) {
        List<@Nullable Said> messages = Json.asked(body, Several.class).messages();
        if (messages == null || messages.isEmpty()) {
            throw Json.invalid("messages: there is none");
        }
        if (messages.size() > MOST_MESSAGES) {
            throw new Refusal(
                    Status.REQUEST_ENTITY_TOO_LARGE_413,
                    "TOO_LARGE",
                    "messages: more than " + MOST_MESSAGES,
                    "send them in several requests");
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
                throw new Refusal(
                        Status.REQUEST_ENTITY_TOO_LARGE_413,
                        "TOO_LARGE",
                        where + "the body is larger than " + settings.messageBytes() + " bytes",
                        null);
            }
            return content(said, said.message(subject, payload));
        } catch (IllegalArgumentException bad) {
            throw Json.invalid(where + bad.getMessage());
        }
    }

    private static Content raw(ServerRequest request, byte[] body, String subject) {
        Said said = said(request);
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

    private static Said said(ServerRequest request) {
        return new Said(
                null,
                text(request, "X-Key"),
                null,
                text(request, "Content-Type"),
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

    private static @Nullable String text(ServerRequest request, String name) {
        return request.headers().first(HeaderNames.create(name)).orElse(null);
    }

    private static @Nullable Long number(ServerRequest request, String name) {
        String text = text(request, name);
        try {
            return text == null ? null : Long.valueOf(text.strip());
        } catch (NumberFormatException bad) {
            throw Json.invalid(name + ": this is no number: " + text);
        }
    }

    private static @Nullable Integer small(ServerRequest request, String name) {
        Long number = number(request, name);
        return number == null ? null : Math.clamp(number, -1, Integer.MAX_VALUE);
    }

    private static @Nullable Map<String, @Nullable Object> own(ServerRequest request) {
        Map<String, @Nullable Object> own = new LinkedHashMap<>();
        request.headers()
                .forEach(header -> {
                    HeaderName name = header.headerName();
                    String lower = name.lowerCase().toLowerCase(Locale.ROOT);
                    if (lower.startsWith(OWN) && lower.length() > OWN.length()) {
                        own.put(lower.substring(OWN.length()), header.get());
                    }
                });
        return own.isEmpty() ? null : own;
    }

    private static Content content(Said said, Message message) {
        return new Content(HttpMapping.ENCODING, said.envelope(message), HttpContent.of(message));
    }

    // What became of it ------------------------------------------------------------------------

    private static Object answer(Outcomes outcomes, List<Publication> all, String subject) {
        List<Map<String, Object>> each = new ArrayList<>(all.size());
        Map<String, Object> answer = new LinkedHashMap<>();
        Status status = Status.OK_200;
        for (int i = 0; i < all.size(); i++) {
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

    private static Status status(Outcome outcome) {
        return switch (outcome) {
            case STORED -> Status.OK_200;
            case UNROUTABLE, NOT_FOUND -> Status.NOT_FOUND_404;
            case DENIED -> Status.FORBIDDEN_403;
            case CONFLICT, UNFIT -> Status.CONFLICT_409;
            case TOO_LARGE -> Status.REQUEST_ENTITY_TOO_LARGE_413;
            case REJECTED, DISK_FULL, BUSY, CLOSED -> Status.SERVICE_UNAVAILABLE_503;
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
