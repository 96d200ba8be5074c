package io.polylog.protocol.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Definitions;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.http.Refusal;
import io.polylog.http.Request;
import io.polylog.http.Status;
import io.polylog.message.TopicName;

/// The names in a request. Any thread.
final class Named {
    private static final int MOST_NAME_BYTES = 255;

    private Named() {}

    static String namespace(Request request) {
        String said = request.query("namespace");
        return said == null ? TopicName.DEFAULT_NAMESPACE : said;
    }

    /// The topic or queue in the path.
    static TopicName topic(Request request) {
        return new TopicName(namespace(request), path(request, "name"));
    }

    /// A name in the path.
    static String path(Request request, String parameter) {
        return checked("", request.parameter(parameter));
    }

    /// A name.
    ///
    /// @param where it is said, before what is wrong with it
    /// @throws Refusal 400
    static String checked(String where, String name) {
        if (name.isEmpty() || name.getBytes(UTF_8).length > MOST_NAME_BYTES) {
            throw Json.invalid(where + "a name has 1 to " + MOST_NAME_BYTES + " bytes");
        }
        return name;
    }

    /// The subscription in the path.
    static SubscriptionRef subscription(Request request) {
        return new SubscriptionRef(topic(request), path(request, "subscription"));
    }

    /// Refuses what is no queue, or no subscription of a topic that is there.
    ///
    /// @throws Refusal 404
    static void requireSubscribable(Definitions definitions, SubscriptionRef from) {
        Topic topic = definitions.topic(from.topic());
        boolean isQueue = topic != null && topic.spec().isQueue();
        if (topic == null || isQueue == from.isNamed()) {
            String kind = from.isNamed() ? "topic" : "queue";
            throw new Refusal(
                    Status.NOT_FOUND,
                    "NOT_FOUND",
                    "no " + kind + " '" + from.topic().name() + "'",
                    topic == null
                            ? "make it with PUT /v1/" + kind + "s/NAME"
                            : isQueue ? "it is a queue" : "it is a topic; name a subscription");
        }
    }

    /// How many partitions a topic has that is read.
    ///
    /// @throws BrokerException NOT_FOUND, also where it is a queue
    static int partitions(Definitions definitions, TopicName name) {
        Topic topic = definitions.topic(name);
        if (topic == null || topic.spec().isQueue()) {
            throw new BrokerException(
                    Kind.NOT_FOUND,
                    topic == null
                            ? "no topic '" + name.name() + "'"
                            : "'" + name.name() + "' is a queue: pull from it");
        }
        return topic.partitions().size();
    }
}
