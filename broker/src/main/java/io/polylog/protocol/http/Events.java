package io.polylog.protocol.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Consumer;
import io.polylog.broker.DeliveredMessages;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.LiveListener;
import io.polylog.broker.LiveMessage;
import io.polylog.broker.Session;
import io.polylog.http.Exchange;
import io.polylog.http.OpenReply;
import io.polylog.http.Request;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Server-Sent Events (the HTML standard, section 9.2): what is published on subjects, as it
/// happens, and what topics hold, from where a reader was. On the connection's loop.
final class Events {
    private static final String TYPE = "text/event-stream";
    private static final byte[] DATA = "data: ".getBytes(UTF_8);
    private static final byte[] ID = "id: ".getBytes(UTF_8);
    private static final byte[] MISSED = "event: missed\ndata: ".getBytes(UTF_8);
    private static final byte[] ERROR = "event: error\ndata: ".getBytes(UTF_8);
    private static final byte[] OPENED = ": open\n\n".getBytes(UTF_8);

    /// Between signs of life: so that a reader who is gone is noticed, and who reads knows.
    private static final long BEAT_MS = 25_000;

    private static final byte[] BEAT = ":\n\n".getBytes(UTF_8);

    /// What waits for a reader of what is not kept; a message more may come on top.
    private static final long MOST_PENDING_BYTES = 4L << 20;

    private final Map<Byte, MessageCodec> codecs;

    Events(Map<Byte, MessageCodec> codecs) {
        this.codecs = codecs;
    }

    /// Writes a comment now and then, as long as there is somebody to read it.
    private static void beatLater(Exchange exchange, Supplier<@Nullable OpenReply> open) {
        exchange.laterBy(
                BEAT_MS,
                () -> {
                    OpenReply out = open.get();
                    if (out != null) {
                        if (out.isWritable()) {
                            out.buffer().writeBytes(BEAT);
                        }
                        beatLater(exchange, open);
                    }
                });
    }

    // Of a subject -----------------------------------------------------------------------------

    /// What is published from now on; what its reader does not take in time is lost to it, and told
    /// as a number.
    void ofSubject(HttpPlace place, Session session, Exchange exchange) {
        Request request = exchange.request();
        String pattern = pattern(Named.path(request, "subject"));
        LiveEvents listener = new LiveEvents(new DeliveredMessages(codecs));
        session.listen(Named.namespace(request), listener).add(pattern);
        listener.begin(exchange);
    }

    /// As a binding has it; `>` at the end stands for one word or more.
    static String pattern(String said) {
        if (said.equals(">")) {
            return "#";
        }
        return said.endsWith(".>") ? said.substring(0, said.length() - 1) + "*.#" : said;
    }

    private static final class LiveEvents implements LiveListener, OpenReply.Reader {
        private final DeliveredMessages opener;
        private @Nullable OpenReply out;
        private long missed;

        LiveEvents(DeliveredMessages opener) {
            this.opener = opener;
        }

        void begin(Exchange exchange) {
            out = exchange.open(TYPE, this);
            out.buffer().writeBytes(OPENED);
            beatLater(exchange, () -> out);
        }

        @Override
        public void heard(LiveMessage heard) {
            if (out == null) {
                return;
            }
            if (out.pendingBytes() > MOST_PENDING_BYTES) {
                missed++;
                return;
            }
            tellMissed(out);
            Shown.Live shown = heard.shaped(Shown.Live.class, all -> Shown.Live.of(all, opener));
            out.buffer().writeBytes(DATA).writeByte('{').writeBytes(shown.members());
            out.buffer().writeByte('\n').writeByte('\n');
        }

        private void tellMissed(OpenReply to) {
            if (missed > 0) {
                to.buffer().writeBytes(MISSED).writeBytes(Long.toString(missed).getBytes(UTF_8));
                to.buffer().writeByte('\n').writeByte('\n');
                missed = 0;
            }
        }

        @Override
        public void through() {}

        @Override
        public void writable() {
            if (out != null) {
                tellMissed(out);
            }
        }

        @Override
        public void ended() {
            out = null; // its session ends with the connection
        }
    }

    // Of a topic -------------------------------------------------------------------------------

    /// What a topic holds from where the reader was, and then what comes.
    void ofTopic(HttpPlace place, Session session, Exchange exchange) {
        Request request = exchange.request();
        TopicName name = Named.topic(request);
        int partitions = Named.partitions(session.definitions(), name);
        Position position =
                Position.of(request.header("Last-Event-ID"), request.query("from"), partitions);
        new TopicEvents(exchange, session, name, position).begin();
    }

    private final class TopicEvents implements DeliveryListener, OpenReply.Reader {
        private final Exchange exchange;
        private final Session session;
        private final TopicName name;
        private final Position position;
        private final DeliveredMessages opener = new DeliveredMessages(codecs);
        private final List<Consumer> cursors = new ArrayList<>();
        private @Nullable OpenReply out;
        private boolean isOver;

        TopicEvents(Exchange exchange, Session session, TopicName name, Position position) {
            this.exchange = exchange;
            this.session = session;
            this.name = name;
            this.position = position;
        }

        void begin() {
            exchange.whenGone(this::ended);
            out = exchange.open(TYPE, this);
            out.buffer().writeBytes(OPENED);
            beatLater(exchange, () -> out);
            for (int partition = 0; partition < position.partitions(); partition++) {
                var spec = ReadSubscription.spec(name, partition, position.start(partition));
                session.consume(spec, this).whenComplete(this::attached);
            }
        }

        private void attached(@Nullable Consumer made, @Nullable Throwable failed) {
            if (failed != null) {
                failed(
                        BrokerException.reason(failed) instanceof BrokerException why
                                ? why
                                : new BrokerException(Kind.CLOSED, "internal error"));
            } else if (made != null) {
                cursors.add(made);
            }
        }

        @Override
        public boolean deliver(Delivery delivery) {
            if (out == null) {
                return false;
            }
            position.passed(delivery.partition(), delivery.offset());
            Message message = opener.message(delivery);
            out.buffer().writeBytes(ID).writeBytes(position.text().getBytes(UTF_8)).writeByte('\n');
            out.buffer().writeBytes(DATA).writeBytes(Json.bytes(Shown.of(delivery, message)));
            out.buffer().writeByte('\n').writeByte('\n');
            return out.isWritable();
        }

        @Override
        public void paused() {}

        @Override
        public void writable() {
            cursors.forEach(Consumer::resume);
        }

        @Override
        public void cancelled() {
            failed(new BrokerException(Kind.NOT_FOUND, name.name() + " was deleted"));
        }

        @Override
        public void failed(BrokerException why) {
            if (out != null && !isOver) {
                Map<String, String> error = new LinkedHashMap<>();
                error.put("code", why.kind().name());
                error.put("message", String.valueOf(why.getMessage()));
                out.buffer().writeBytes(ERROR).writeBytes(Json.bytes(error));
                out.buffer().writeByte('\n').writeByte('\n');
                out.end();
                ended();
            }
        }

        @Override
        public void ended() {
            isOver = true;
            out = null;
        }
    }
}
