package io.polylog.protocol.webhook;

import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.SubscriptionRef;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.Map;

/// A webhook as it is kept: what its operator said, and whether it goes.
///
/// @param key its name
/// @param owner the user who said it last: what may be read is what he may read
/// @param source whose messages it sends
/// @param terms where to, and how
/// @param secrets that it signs with, the newest first
/// @param state whether it goes
record Definition(
        HookName key, String owner, Source source, Terms terms, List<String> secrets, State state) {
    Definition {
        secrets = List.copyOf(secrets);
    }

    /// Whose messages are sent.
    ///
    /// @param topic name of a topic or queue
    /// @param subscription its subscription, "" for a queue's own
    /// @param made whether the subscription was made for the webhook alone, and goes with it
    /// @param from where the subscription begins that is not there yet
    record Source(String topic, String subscription, boolean made, From from) {
        SubscriptionRef in(String namespace) {
            return new SubscriptionRef(new TopicName(namespace, topic), subscription);
        }
    }

    /// Where a subscription begins.
    enum From {
        FIRST,
        LAST,
        NEXT;

        Start.Edge start() {
            return switch (this) {
                case FIRST -> Start.Edge.FIRST;
                case LAST -> Start.Edge.LAST;
                case NEXT -> Start.Edge.NEXT;
            };
        }
    }

    /// What a body is.
    enum Mode {
        /// The message's bytes; what it says beside them is in headers.
        RAW,
        /// As an event of CloudEvents whose attributes are headers.
        CLOUDEVENTS_BINARY,
        /// As an event of CloudEvents in JSON.
        CLOUDEVENTS_STRUCTURED
    }

    /// Where to, and how.
    ///
    /// @param headers sent with each request
    /// @param concurrency requests under way at once, at most
    /// @param ratePerSecond requests a second, at most; 0 for no limit
    /// @param timeoutMs a request may take, from its first step to the end of the answer
    /// @param retryMs how long after each failure a message is tried again; one more, and it is
    ///   given up
    record Terms(
            String url,
            Mode mode,
            Map<String, String> headers,
            int concurrency,
            int ratePerSecond,
            int timeoutMs,
            List<Long> retryMs) {
        Terms {
            headers = Map.copyOf(headers);
            retryMs = List.copyOf(retryMs);
        }
    }

    /// Whether it goes.
    ///
    /// @param reason why it was disabled, "" where it was not
    record State(Kind kind, String reason) {
        static final State ACTIVE = new State(Kind.ACTIVE, "");
        static final State PAUSED = new State(Kind.PAUSED, "");
    }

    /// Whether it goes.
    enum Kind {
        ACTIVE,
        /// An operator stopped it.
        PAUSED,
        /// Its receiver is gone.
        DISABLED
    }

    SubscriptionRef subscription() {
        return source.in(key.namespace());
    }

    Definition with(State other) {
        return new Definition(key, owner, source, terms, secrets, other);
    }

    Definition with(List<String> others) {
        return new Definition(key, owner, source, terms, others, state);
    }
}
