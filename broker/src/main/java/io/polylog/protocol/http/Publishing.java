package io.polylog.protocol.http;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.broker.Session;
import io.polylog.http.Answers;
import io.polylog.http.Answers.Answer;
import io.polylog.http.Exchange;
import io.polylog.http.Request;
import io.polylog.http.Status;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// `POST messages`: one message as the request's body, or several as JSON. The answer leaves when
/// all of them are decided. Any thread.
final class Publishing {
    private final Executor threads;

    /// @param threads runs each task on a thread that may wait
    Publishing(Executor threads) {
        this.threads = threads;
    }

    /// Where messages go.
    ///
    /// @param subject what they were published on
    /// @param asks of which topic the answer tells the place, or null
    record Target(Address address, String subject, @Nullable TopicName asks) {
        static Target of(TopicName topic) {
            return new Target(new Address.Direct(topic, -1), topic.name(), topic);
        }

        static Target of(Session session, String namespace, String subject) {
            TopicName same = new TopicName(namespace, subject);
            boolean isThere = session.definitions().topic(same) != null;
            Address address = new Address.Subject(namespace, subject);
            return new Target(address, subject, isThere ? same : null);
        }
    }

    /// What became of messages.
    ///
    /// @param status as HTTP says it: of the first that was refused
    /// @param told the members of what is answered: `messages`, and why the first was refused
    record Fate(int status, Map<String, Object> told) {}

    /// To a queue or topic by its name.
    void toTopic(HttpPlace place, Session session, Exchange exchange) {
        publish(place, session, exchange, Target.of(Named.topic(exchange.request())));
    }

    /// To a subject; where a topic of that name has it, the answer says where.
    void toSubject(HttpPlace place, Session session, Exchange exchange) {
        String namespace = Named.namespace(exchange.request());
        String subject = Named.path(exchange.request(), "subject");
        publish(place, session, exchange, Target.of(session, namespace, subject));
    }

    private void publish(HttpPlace place, Session session, Exchange exchange, Target target) {
        Request request = exchange.request();
        HttpSettings settings = place.settings();
        if (!Contents.takesLong(request)) {
            publish(session, exchange, target, Contents.of(request, target.subject, settings));
            return;
        }
        threads.execute(() -> {
            try {
                List<Content> contents = Contents.of(request, target.subject, settings);
                exchange.later(() -> publish(session, exchange, target, contents));
            } catch (RuntimeException failed) {
                exchange.later(() -> exchange.answer(Answers.failure(failed)));
            }
        });
    }

    private static void publish(
            Session session, Exchange exchange, Target target, List<Content> contents) {
        if (exchange.isOver()) { // its session is, too
            return;
        }
        publish(
                session,
                target,
                contents,
                fate -> exchange.answer(Answers.reply(new Answer(fate.status(), fate.told()))));
    }

    /// Publishes.
    ///
    /// @param then told when all of them are decided, on the session's loop
    static void publish(
            Session session, Target target, List<Content> contents, Consumer<Fate> then) {
        List<Publication> all = new ArrayList<>(contents.size());
        for (Content content : contents) {
            all.add(new Publication(target.address, content, null, target.asks));
        }
        session.publish(all, outcomes -> then.accept(fate(outcomes, all.size(), target.subject)));
    }

    // What became of it ------------------------------------------------------------------------

    private static Fate fate(Outcomes outcomes, int count, String subject) {
        List<Map<String, Object>> each = new ArrayList<>(count);
        Map<String, Object> told = new LinkedHashMap<>();
        int status = Status.OK;
        for (int i = 0; i < count; i++) {
            Outcome outcome = outcomes.at(i);
            if (outcome == Outcome.STORED) {
                each.add(stored(outcomes.placed(i), subject));
                continue;
            }
            each.add(refused(outcome, subject, outcomes.problem(i)));
            if (told.isEmpty()) {
                status = status(outcome);
                told.putAll(refused(outcome, subject, outcomes.problem(i)));
            }
        }
        told.put("messages", each);
        return new Fate(status, told);
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

    /// @param problem why a body does not fit, where that is it
    private static Map<String, Object> refused(
            Outcome outcome, String subject, @Nullable String problem) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("code", code(outcome));
        shown.put("message", problem == null ? why(outcome, subject) : problem);
        String hint = hint(outcome);
        if (hint != null) {
            shown.put("hint", hint);
        }
        return shown;
    }

    static String code(Outcome outcome) {
        return outcome == Outcome.REJECTED ? "FULL" : outcome.name();
    }

    static int status(Outcome outcome) {
        return switch (outcome) {
            case STORED -> Status.OK;
            case UNROUTABLE, NOT_FOUND -> Status.NOT_FOUND;
            case DENIED -> Status.FORBIDDEN;
            case CONFLICT, UNFIT -> Status.CONFLICT;
            case MALFORMED -> Status.UNPROCESSABLE;
            case TOO_LARGE -> Status.CONTENT_TOO_LARGE;
            case REJECTED, DISK_FULL, BUSY, CLOSED -> Status.UNAVAILABLE;
        };
    }

    static String why(Outcome outcome, String subject) {
        return switch (outcome) {
            case STORED -> "stored";
            case UNROUTABLE -> "nobody keeps or hears what is published on '" + subject + "'";
            case NOT_FOUND -> "no queue or topic '" + subject + "'";
            case DENIED -> "no permission to publish to '" + subject + "'";
            case REJECTED -> "a queue is full and refuses the message";
            case CONFLICT, UNFIT -> "not stored";
            case MALFORMED -> "the body does not fit the schema of a queue or topic";
            case TOO_LARGE -> "the message is larger than the broker's limit";
            case DISK_FULL -> "no disk space for new messages";
            case BUSY -> "too many messages wait";
            case CLOSED -> "the broker goes down; whether it is stored is not known";
        };
    }

    static @Nullable String hint(Outcome outcome) {
        return switch (outcome) {
            case NOT_FOUND -> "make it with PUT /v1/queues/NAME or PUT /v1/topics/NAME";
            case UNROUTABLE -> "make a topic of that name, or bind a queue to amq.topic";
            case REJECTED, BUSY, CLOSED -> "try again a little later";
            default -> null;
        };
    }
}
