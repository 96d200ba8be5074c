package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.broker.LiveListener;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The subscriptions of a client, by the id it gave each. On the loop.
final class Subscriptions {
    private final OpenNats open;
    private final Outgoing outgoing;
    private final Map<String, NatsSubscription> all = new LinkedHashMap<>();

    Subscriptions(OpenNats open) {
        this.open = open;
        outgoing = new Outgoing(open);
    }

    Outgoing outgoing() {
        return outgoing;
    }

    /// Adds one, unless there is one with that id.
    ///
    /// @param queue the group in which it shares, or null
    /// @return what was wrong, or null
    @Nullable String add(String subject, @Nullable String queue, String sid) {
        if (all.containsKey(sid)) {
            return null;
        }
        if (all.size() >= open.connection().node().seams().settings().subscriptions()) {
            return NatsException.TOO_MANY_SUBSCRIPTIONS;
        }
        if (!NatsSubjects.isPattern(subject)) {
            return NatsException.INVALID_SUBJECT;
        }
        NatsSubscription fresh = new NatsSubscription(this, subject, queue, sid);
        try {
            fresh.listen(open);
        } catch (BrokerException refused) {
            String shared = queue == null ? "" : " using queue \"" + queue + "\"";
            return "Permissions Violation for Subscription to \"" + subject + "\"" + shared;
        }
        all.put(sid, fresh);
        return null;
    }

    /// Ends one, now or when it has got so many messages. What is on its way already still comes.
    ///
    /// @param most 0 or less for now
    /// @return what is left to do when that has come
    Runnable end(String sid, int most) {
        NatsSubscription found = all.get(sid);
        if (found == null) {
            return () -> {};
        }
        if (most <= 0) {
            all.remove(sid);
            found.stop();
            return found::close;
        }
        return () -> {
            if (found.end(most)) {
                end(found);
            }
        };
    }

    void end(NatsSubscription over) {
        over.close();
        all.remove(new String(over.sid(), UTF_8), over);
    }

    /// One that hears a subject and does not share it with others, or null.
    @Nullable NatsSubscription listening(String subject) {
        String name = NatsSubjects.neutral(subject);
        for (LiveListener each : open.session().listening(open.namespace(), name)) {
            if (each instanceof NatsSubscription own && own.hears(subject)) {
                return own;
            }
        }
        return null;
    }

    /// The one that alone hears a subject, of all clients', and nothing keeps what is published
    /// there; or null.
    @Nullable NatsSubscription alone(String subject) {
        String name = NatsSubjects.neutral(subject);
        return open.session().listeningAlone(open.namespace(), name) instanceof NatsSubscription own
                        && own.hears(subject)
                ? own
                : null;
    }

    /// Their subjects.
    List<String> subjects() {
        return all.values().stream().map(NatsSubscription::subject).toList();
    }

    void close() {
        all.values().forEach(NatsSubscription::close);
        all.clear();
        outgoing.close();
    }
}
