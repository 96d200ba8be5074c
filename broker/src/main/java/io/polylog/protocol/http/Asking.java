package io.polylog.protocol.http;

import io.polylog.broker.DeliveredMessages;
import io.polylog.broker.Gathering;
import io.polylog.broker.Gathering.Gathered;
import io.polylog.broker.LiveMessage;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Session;
import io.polylog.http.Answers;
import io.polylog.http.Exchange;
import io.polylog.http.Refusal;
import io.polylog.http.Request;
import io.polylog.http.Status;
import io.polylog.message.MessageCodec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// `POST requests`: asks whoever answers on a subject, in any protocol, and gathers what they say
/// in one answer. Everything of one request is on its connection's loop.
final class Asking {
    private static final int MOST_REPLIES = 1_000;
    private static final int MOST_WAIT_MS = 60_000;
    private static final int USUAL_WAIT_MS = 5_000;
    private static final long ENOUGH_BYTES = 8L << 20;

    private final Map<Byte, MessageCodec> codecs;
    private final String inbox;
    private final AtomicLong asked = new AtomicLong();

    /// @param name never given before
    Asking(Map<Byte, MessageCodec> codecs, String name) {
        this.codecs = codecs;
        inbox = "_INBOX.http-" + name + ".";
    }

    /// Asks.
    void ask(HttpPlace place, Session session, Exchange exchange) {
        Request request = exchange.request();
        String subject = Named.path(request, "subject");
        String namespace = Named.namespace(request);
        int count = number(request, "count", 1, MOST_REPLIES);
        int waitMs = number(request, "waitMs", USUAL_WAIT_MS, MOST_WAIT_MS);
        String replies = inbox + asked.incrementAndGet();
        var content = Contents.asking(request, subject, "/topic/" + replies);
        Gathering<Map<String, @Nullable Object>> gathering =
                new Gathering<>(
                        count, ENOUGH_BYTES, this::shown, gathered -> answer(exchange, gathered));
        exchange.whenGone(gathering::cancel);
        gathering.begin(session, namespace, replies, task -> exchange.laterBy(waitMs, task));
        var question =
                new Publication(new Address.Subject(namespace, subject), content, null, null);
        session.publish(
                List.of(question),
                outcomes -> {
                    if (outcomes.at(0) != Outcome.STORED && gathering.cancel()) {
                        exchange.answer(Answers.failure(refused(outcomes.at(0), subject)));
                    }
                });
    }

    private static int number(Request request, String name, int usual, int most) {
        String said = request.query(name);
        try {
            int number = said == null ? usual : Integer.parseInt(said);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException bad) {
            // as one that is out of range
        }
        throw Json.invalid(name + ": from 1 to " + most + ", not " + said);
    }

    private static Refusal refused(Outcome outcome, String subject) {
        return outcome == Outcome.UNROUTABLE
                ? new Refusal(
                        Status.NOT_FOUND,
                        "NO_RESPONDERS",
                        "nobody answers on '" + subject + "'",
                        "subscribe there first, with any protocol")
                : new Refusal(
                        Publishing.status(outcome),
                        outcome.name(),
                        Publishing.why(outcome, subject),
                        null);
    }

    private Map<String, @Nullable Object> shown(LiveMessage reply) {
        DeliveredMessages opener = new DeliveredMessages(codecs);
        return Json.members(Said.of(opener.open(reply.content()).getFirst()));
    }

    /// What there is; fewer than were asked for where it took too long.
    private static void answer(
            Exchange exchange, Gathered<Map<String, @Nullable Object>> gathered) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("replies", gathered.answers());
        answer.put("complete", gathered.isComplete());
        exchange.answer(Answers.reply(answer));
    }
}
