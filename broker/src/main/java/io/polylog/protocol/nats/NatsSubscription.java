package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Live;
import io.polylog.broker.LiveListener;
import io.polylog.broker.LiveMessage;
import org.jspecify.annotations.Nullable;

/// One subscription: nothing is kept for it. On the loop.
final class NatsSubscription implements LiveListener {
    private final Subscriptions all;
    private final String subject;
    private final @Nullable String queue;
    private final byte[] sid;
    private final boolean tooWide;
    private @Nullable Live live;
    private long delivered;
    private long most;

    /// @param queue the group in which it shares, or null
    NatsSubscription(Subscriptions all, String subject, @Nullable String queue, String sid) {
        this.all = all;
        this.subject = subject;
        this.queue = queue;
        this.sid = sid.getBytes(UTF_8);
        tooWide = NatsSubjects.isTooWide(subject);
    }

    /// Whether it hears each message of a subject that fits its pattern, not in turn with others.
    boolean hears(String subjectOfNats) {
        return queue == null && (!tooWide || NatsSubjects.matches(subject, subjectOfNats));
    }

    String subject() {
        return subject;
    }

    byte[] sid() {
        return sid;
    }

    /// Begins to listen.
    ///
    /// @throws BrokerException if it may not
    void listen(OpenNats open) {
        Live.Terms terms = new Live.Terms(queue, open.options().echo());
        Live fresh = open.session().listen(open.namespace(), terms, this);
        live = fresh;
        try {
            fresh.add(NatsSubjects.pattern(subject));
        } catch (BrokerException refused) {
            fresh.close();
            throw refused;
        }
    }

    /// Hears nothing more but what is on its way.
    void stop() {
        if (live != null) {
            live.remove(NatsSubjects.pattern(subject));
        }
    }

    /// Lets it end after so many messages, counted from its beginning.
    ///
    /// @return whether it has got that many already
    boolean end(int after) {
        most = after;
        return after <= delivered;
    }

    @Override
    public void heard(LiveMessage message) {
        NatsContent content = all.outgoing().content(message);
        if (content == null || (tooWide && !NatsSubjects.matches(subject, content.subject()))) {
            return;
        }
        take(content);
    }

    /// Sends a message on.
    void take(NatsContent content) {
        delivered++;
        all.outgoing().take(content, sid);
        if (most > 0 && delivered >= most) {
            all.end(this);
        }
    }

    @Override
    public void through() {
        all.outgoing().through();
    }

    void close() {
        if (live != null) {
            live.close();
        }
    }
}
