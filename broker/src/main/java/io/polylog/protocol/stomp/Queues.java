package io.polylog.protocol.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Filter;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.QueuePolicy.Priorities;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.Session;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The queues that destinations name, and those that are made for them. What a frame's `x-` headers
/// ask of a queue counts when it is made. On the connection's loop.
final class Queues {
    private static final int MOST_LEVELS = 255;

    private final Session session;
    private final String namespace;

    Queues(Session session, String namespace) {
        this.session = session;
        this.namespace = namespace;
    }

    TopicName named(String name) {
        return new TopicName(namespace, name);
    }

    /// Whether a name is `T::S`.
    static boolean isSubscription(String name) {
        int mark = name.indexOf(StompDestination.SUBSCRIPTION_MARK);
        return mark > 0 && mark + StompDestination.SUBSCRIPTION_MARK.length() < name.length();
    }

    /// Whether there is nothing to make.
    boolean exists(String name) {
        return isSubscription(name) || session.definitions().topic(named(name)) != null;
    }

    /// What a name means to a consumer.
    SubscriptionRef consumed(String name) {
        if (!isSubscription(name) || session.definitions().topic(named(name)) != null) {
            return new SubscriptionRef(named(name), "");
        }
        int mark = name.indexOf(StompDestination.SUBSCRIPTION_MARK);
        int after = mark + StompDestination.SUBSCRIPTION_MARK.length();
        return new SubscriptionRef(named(name.substring(0, mark)), name.substring(after));
    }

    /// Whether consumers of it read for themselves: a topic that is kept by time or size.
    boolean isRead(SubscriptionRef consumed) {
        Topic topic = session.definitions().topic(consumed.topic());
        return !consumed.isNamed() && topic != null && !topic.spec().isQueue();
    }

    /// Makes the durable queue that a destination names.
    CompletionStage<Topic> declare(String name, StompFrame frame) {
        if (name.startsWith("amq.")) {
            throw new StompException("not_found", "no queue '" + name + "'");
        }
        boolean listed = !name.startsWith("$") && !name.startsWith("__");
        var lifetime = new Lifetime(true, false, false, listed, false);
        return session.declareTopic(spec(name, lifetime, Filter.NONE, frame));
    }

    /// Makes a queue of this connection alone, in memory.
    CompletionStage<Topic> declareOwn(String name, Filter filter, StompFrame frame) {
        var lifetime = new Lifetime(false, true, true, false, false);
        return session.declareTopic(spec(name, lifetime, filter, frame));
    }

    /// Makes the queue of a durable subscription, or one that the client names.
    CompletionStage<Topic> declareFor(
            String name, boolean durable, Filter filter, StompFrame frame) {
        boolean autoDelete = !"false".equals(frame.header("auto-delete", durable ? "false" : ""));
        var lifetime = new Lifetime(durable, autoDelete, frame.isTrue("exclusive"), false, false);
        return session.declareTopic(spec(name, lifetime, filter, frame));
    }

    /// The name of a durable subscription's queue: whoever says the same destination and id means
    /// the same.
    static String durableName(String destination, String id) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest((destination + "\0" + id).getBytes(UTF_8));
            return "stomp-subscription-"
                    + Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("this Java has no SHA-256", missing);
        }
    }

    private TopicSpec spec(String name, Lifetime lifetime, Filter filter, StompFrame frame) {
        Map<String, String> kept = new HashMap<>();
        QueuePolicy policy = policy(new Arguments(frame, kept));
        return new TopicSpec(
                named(name),
                Form.MESSAGES,
                1,
                Retention.QUEUE,
                lifetime,
                filter.isNone() ? policy : policy.with(policy.service().with(filter)),
                kept);
    }

    private static QueuePolicy policy(Arguments arguments) {
        String type = arguments.text("x-queue-type", false);
        if (type != null && !type.equals("classic") && !type.equals("quorum")) {
            throw StompException.invalidHeader("'x-queue-type' must be classic or quorum");
        }
        String exchange = arguments.text("x-dead-letter-exchange", true);
        String key = arguments.text("x-dead-letter-routing-key", true);
        QueuePolicy policy =
                QueuePolicy.NONE
                        .with(
                                new Expiry(
                                        arguments.number("x-message-ttl"),
                                        arguments.number("x-expires")))
                        .with(
                                new Limits(
                                        arguments.number("x-max-length"),
                                        arguments.number("x-max-length-bytes"),
                                        overflow(arguments.text("x-overflow", true))));
        long highest = Math.max(0, arguments.number("x-max-priority"));
        if (highest > MOST_LEVELS) {
            throw StompException.invalidHeader("'x-max-priority' must be at most 255");
        }
        boolean single = "true".equals(arguments.flag("x-single-active-consumer"));
        policy = policy.with(new Service(single, new Priorities((int) highest + 1, 0), -1));
        return exchange == null ? policy : policy.with(new DeadLetters(exchange, key));
    }

    private static Overflow overflow(@Nullable String named) {
        return switch (named) {
            case null -> Overflow.DROP_OLDEST;
            case "drop-head" -> Overflow.DROP_OLDEST;
            case "reject-publish" -> Overflow.REFUSE;
            case "reject-publish-dlx" -> Overflow.REFUSE_TO_DEAD_LETTERS;
            default ->
                    throw StompException.invalidHeader(
                            "'x-overflow' must be drop-head, reject-publish or"
                                    + " reject-publish-dlx");
        };
    }

    /// Headers read as queue arguments, each kept in the form that all declarations are compared
    /// by.
    private record Arguments(StompFrame frame, Map<String, String> kept) {
        long number(String name) {
            long number = frame.number(name, -1);
            if (number >= 0) {
                kept.put(name, "long:" + number);
            }
            return number;
        }

        @Nullable String text(String name, boolean keep) {
            String text = frame.header(name);
            if (text != null && keep) {
                kept.put(name, "longstr:" + text);
            }
            return text;
        }

        @Nullable String flag(String name) {
            String text = frame.header(name);
            if (text != null) {
                kept.put(name, "bool:" + text.equals("true"));
            }
            return text;
        }
    }
}
