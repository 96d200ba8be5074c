package io.polylog.protocol.http;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Filter;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Growth;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.Retry;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.SubscriptionState;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.TopicStats;
import io.polylog.http.Answers.Answer;
import io.polylog.http.Refusal;
import io.polylog.http.Status;
import io.polylog.message.TopicName;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Makes, shows and removes queues, topics and subscriptions. To make what is there already changes
/// nothing. Any thread.
final class Places {
    /// A queue to be made; what is left out is without.
    ///
    /// @param deadLetters the queue that messages go to which are rejected, or came back too often
    /// @param retries how often a message may come back
    /// @param retryDelayMs milliseconds until one that came back is there again; doubled each time
    /// @param filter which messages it keeps, in SQL or CEL
    /// @param transform what is made of each, as JSON
    /// @param fairShare by what its tenants take turns: `header:NAME`, `routing-key` or `key`
    record QueueOrder(
            @Nullable String deadLetters,
            @Nullable Integer retries,
            @Nullable Long retryDelayMs,
            @Nullable String filter,
            @Nullable JsonNode transform,
            @Nullable String fairShare) {
        private static final long LONGEST_MS = 24 * 3_600_000;

        private boolean isPlain() {
            return deadLetters == null
                    && retries == null
                    && retryDelayMs == null
                    && filter == null
                    && transform == null
                    && fairShare == null;
        }

        private QueuePolicy policy() {
            if (isPlain()) {
                return QueuePolicy.NONE;
            }
            long delayMs = Numbers.within("retryDelayMs", retryDelayMs, 0, 0, LONGEST_MS);
            int most = (int) Numbers.within("retries", retries, -1, 0, Integer.MAX_VALUE);
            return new QueuePolicy(
                    QueuePolicy.NONE.expiry(),
                    QueuePolicy.NONE.limits(),
                    deadLetters == null ? null : new DeadLetters("", deadLetters),
                    new Retry(most, Growth.EXPONENTIAL, delayMs, LONGEST_MS),
                    Service.PLAIN.with(wanted(filter, transform)).sharing(turns()),
                    QueuePolicy.NONE.admission(),
                    QueuePolicy.NONE.keep());
        }

        private KeyOrder turns() {
            KeyOrder by = fairShare == null ? KeyOrder.NONE : KeyOrder.named(fairShare);
            if (fairShare != null && by.isNone()) {
                throw Json.invalid(
                        "fairShare: header:NAME, routing-key or key, not '" + fairShare + "'");
            }
            return by;
        }
    }

    /// A topic to be made.
    record TopicOrder(@Nullable Integer partitions) {}

    /// A subscription to be made.
    ///
    /// @param from `first`, `last`, `next`, an offset or a time
    /// @param filter which messages it is of, in SQL or CEL
    /// @param transform what is made of each, as JSON
    record SubscriptionOrder(
            @Nullable String from, @Nullable String filter, @Nullable JsonNode transform) {
        private Filter wanted() {
            return Places.wanted(filter, transform);
        }
    }

    /// @param condition which messages are wanted, in SQL or CEL; null for all
    /// @param transform what is made of each; null for nothing
    static Filter wanted(@Nullable String condition, @Nullable JsonNode transform) {
        Filter filter = condition == null ? Filter.NONE : Filter.sql(condition);
        return transform == null ? filter : filter.transforming(transform.toString());
    }

    static <T> T asked(Call call, Class<T> type) {
        byte[] body = call.request().body();
        return Json.asked(body.length == 0 ? new byte[] {'{', '}'} : body, type);
    }

    // Queues and topics ------------------------------------------------------------------------

    Object putQueue(Call call) {
        QueueOrder order = asked(call, QueueOrder.class);
        TopicName name = call.topic();
        var spec =
                new TopicSpec(
                        name,
                        Form.MESSAGES,
                        1,
                        Retention.QUEUE,
                        lifetime(name.name()),
                        order.policy(),
                        Map.of());
        Topic there = call.session().definitions().topic(name);
        boolean isOther = there != null && !order.isPlain() && !isAs(there, spec, order.policy());
        if (isOther) { // the core says what is different
            return new Answer(Status.OK, shown(call.await(call.session().declareTopic(spec))));
        }
        return put(call, spec, true);
    }

    Object putTopic(Call call) {
        TopicOrder order = asked(call, TopicOrder.class);
        HttpSettings settings = call.place().settings();
        TopicName name = call.topic();
        Integer partitions = order.partitions();
        Topic there = call.session().definitions().topic(name);
        int usual = there == null ? settings.partitions() : there.partitions().size();
        try {
            var spec =
                    new TopicSpec(
                            name,
                            Form.BATCHES,
                            partitions == null ? usual : partitions,
                            new Retention(settings.retentionMs(), -1, false, false),
                            lifetime(name.name()),
                            Map.of());
            return put(call, spec, false);
        } catch (IllegalArgumentException bad) {
            throw Json.invalid(String.valueOf(bad.getMessage()));
        }
    }

    /// What names begin with that are not for everybody's listings.
    private static Lifetime lifetime(String name) {
        if (name.startsWith("amq.")) {
            throw Json.invalid("names that begin with amq. are the broker's own");
        }
        boolean listed = !name.startsWith("$") && !name.startsWith("__");
        return new Lifetime(true, false, false, listed, false);
    }

    /// What is there already is declared as it is, so that the core decides who may know that.
    private static Object put(Call call, TopicSpec spec, boolean queue) {
        Topic there = call.session().definitions().topic(spec.name());
        if (there == null || !isAs(there, spec, queue)) {
            Topic made = call.await(call.session().declareTopic(spec));
            return new Answer(Status.CREATED, shown(made));
        }
        return shown(call.await(call.session().declareTopic(there.spec())));
    }

    private static boolean isAs(Topic there, TopicSpec spec, QueuePolicy policy) {
        return isAs(there, spec, true) && there.spec().policy().equals(policy);
    }

    private static boolean isAs(Topic there, TopicSpec spec, boolean queue) {
        return !there.spec().lifetime().provisional()
                && there.spec().isQueue() == queue
                && there.partitions().size() == spec.partitions();
    }

    Object getQueue(Call call) {
        return shown(call, existing(call, true));
    }

    Object getTopic(Call call) {
        return shown(call, existing(call, false));
    }

    Object deleteQueue(Call call) {
        existing(call, true);
        return delete(call);
    }

    Object deleteTopic(Call call) {
        existing(call, false);
        return delete(call);
    }

    private static Object delete(Call call) {
        long removed =
                call.await(
                        call.session()
                                .deleteTopic(
                                        call.topic(), call.flag("ifUnused"), call.flag("ifEmpty")));
        return Map.of("removed", removed);
    }

    /// The queue or topic in the path.
    ///
    /// @throws Refusal 404
    static Topic existing(Call call, boolean queue) {
        Topic topic = call.session().definitions().topic(call.topic());
        String kind = queue ? "queue" : "topic";
        if (topic == null || topic.spec().isQueue() != queue) {
            throw missing(kind, call.topic().name(), topic);
        }
        return topic;
    }

    /// What is told of a queue or topic that is not there.
    ///
    /// @param kind `queue` or `topic`
    /// @param there what is there in its place, or null
    static Refusal missing(String kind, String name, @Nullable Topic there) {
        return new Refusal(
                Status.NOT_FOUND,
                "NOT_FOUND",
                "no " + kind + " '" + name + "'",
                there == null
                        ? "make it with PUT /v1/" + kind + "s/NAME"
                        : "it is a " + (there.spec().isQueue() ? "queue" : "topic"));
    }

    /// What its maker is told, who need not be one who may read it.
    private static Map<String, Object> shown(Topic topic) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("name", topic.spec().name().name());
        shown.put("kind", topic.spec().isQueue() ? "queue" : "topic");
        shown.put("partitions", topic.partitions().size());
        shown.put("durable", topic.spec().lifetime().durable());
        return shown;
    }

    private static Map<String, Object> shown(Call call, Topic topic) {
        TopicName name = topic.spec().name();
        TopicStats stats = call.await(call.session().stats(name));
        Map<String, Object> shown = shown(topic);
        shown.put("messages", stats.ready());
        if (topic.spec().isQueue()) {
            shown.put("unsettled", stats.unsettled());
        } else {
            shown.put("subscriptions", call.await(call.session().subscriptions(name)).keySet());
        }
        shown.put("consumers", stats.consumers());
        return shown;
    }

    // Subscriptions ----------------------------------------------------------------------------

    Object putSubscription(Call call) {
        SubscriptionOrder order = asked(call, SubscriptionOrder.class);
        Start start = Starts.of(order.from());
        SubscriptionRef ref = Named.subscription(call.request());
        existing(call, false);
        boolean isThere =
                call.await(call.session().subscriptions(ref.topic())).containsKey(ref.name());
        if (!isThere) {
            var spec = new ConsumeSpec(ref, false, false, 0, 0, start, null).with(order.wanted());
            Consumer maker = call.await(call.session().consume(spec, new Maker()));
            call.await(maker.close());
        }
        return new Answer(isThere ? Status.OK : Status.CREATED, described(call, ref));
    }

    Object getSubscription(Call call) {
        return described(call, Named.subscription(call.request()));
    }

    Object deleteSubscription(Call call) {
        SubscriptionRef ref = Named.subscription(call.request());
        return Map.of("removed", call.await(call.session().deleteSubscription(ref)));
    }

    private static Map<String, Object> described(Call call, SubscriptionRef ref) {
        SubscriptionState state = call.await(call.session().describe(ref));
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("topic", ref.topic().name());
        shown.put("name", ref.name());
        long ready = state.shares().stream().mapToLong(SubscriptionState.Share::ready).sum();
        shown.put("messages", ready);
        shown.put("unsettled", state.unsettled() - ready);
        shown.put("consumers", state.consumers());
        return shown;
    }

    /// Attaches for the subscription to be made, and wants nothing of it.
    private static final class Maker implements DeliveryListener {
        @Override
        public boolean deliver(Delivery delivery) {
            throw new BrokerException(Kind.INVALID, "nothing was asked for");
        }

        @Override
        public void paused() {}

        @Override
        public void cancelled() {}

        @Override
        public void failed(BrokerException why) {}
    }
}
