package io.polylog.protocol.http;

import io.polylog.broker.DeliveredMessages;
import io.polylog.broker.Live;
import io.polylog.broker.LiveListener;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
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
        Gathering gathering = new Gathering(exchange, subject, count);
        gathering.listen(session.listen(namespace, gathering), replies, waitMs);
        var question =
                new Publication(new Address.Subject(namespace, subject), content, null, null);
        session.publish(List.of(question), outcomes -> gathering.asked(outcomes.at(0)));
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

    /// The replies to one request.
    private final class Gathering implements LiveListener {
        private final Exchange exchange;
        private final String subject;
        private final int count;
        private final DeliveredMessages opener = new DeliveredMessages(codecs);
        private final List<Map<String, @Nullable Object>> replies = new ArrayList<>();
        private @Nullable Live live;
        private @Nullable Future<?> deadline;
        private long bytes;
        private boolean isOver;

        Gathering(Exchange exchange, String subject, int count) {
            this.exchange = exchange;
            this.subject = subject;
            this.count = count;
        }

        void listen(Live to, String where, int waitMs) {
            live = to;
            exchange.whenGone(this::close);
            to.add(where);
            deadline = exchange.laterBy(waitMs, this::answer);
        }

        /// What became of the question.
        void asked(Outcome outcome) {
            if (outcome != Outcome.STORED && !isOver) {
                close();
                exchange.answer(Answers.failure(refused(outcome)));
            }
        }

        private Refusal refused(Outcome outcome) {
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

        @Override
        public void heard(LiveMessage message) {
            if (isOver) {
                return;
            }
            replies.add(Json.members(Said.of(opener.open(message.content()).get(0))));
            bytes += message.content().bytes().remaining();
            if (replies.size() == count || bytes >= ENOUGH_BYTES) {
                answer();
            }
        }

        @Override
        public void through() {}

        /// What there is; fewer than were asked for where it took too long.
        private void answer() {
            if (isOver) {
                return;
            }
            close();
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("replies", replies);
            answer.put("complete", replies.size() == count);
            exchange.answer(Answers.reply(answer));
        }

        private void close() {
            isOver = true;
            if (live != null) {
                live.close();
            }
            if (deadline != null) {
                deadline.cancel(false);
            }
        }
    }
}
