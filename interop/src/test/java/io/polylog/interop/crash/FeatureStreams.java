package io.polylog.interop.crash;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A stream that gets all that goes through the [FeatureShop]'s topic exchange, durable
/// subscriptions of it, and a queue that gets the same and keeps what is settled.
final class FeatureStreams {
    private static final String AUDIT = "audit";
    private static final String KEPT = "kept";

    /// Those that hold everything to the end.
    static final List<String> NAMES = List.of(AUDIT, KEPT);

    /// Subscriptions with what they are made for.
    private static final Map<String, Map<String, Object>> SUBSCRIPTIONS = new LinkedHashMap<>();

    private static final String ALL = AUDIT + "::all";
    private static final String SOME = AUDIT + "::some";
    private static final String BRIEF = AUDIT + "::brief";

    static {
        SUBSCRIPTIONS.put(ALL, Map.of());
        SUBSCRIPTIONS.put(SOME, Map.of("x-polylog-filter", FeatureShop.WANTED));
        SUBSCRIPTIONS.put(BRIEF, Map.of("x-polylog-message-ttl", 200));
        SUBSCRIPTIONS.put(KEPT, Map.of());
    }

    private static final int PREFETCH = 100;

    private FeatureStreams() {}

    /// Takes a message of a stream.
    @FunctionalInterface
    interface Taker {
        void take(long offset, byte[] body);
    }

    static Set<String> subscriptions() {
        return SUBSCRIPTIONS.keySet();
    }

    static boolean isSubscription(String queue) {
        return SUBSCRIPTIONS.containsKey(queue);
    }

    /// What a consumer of a queue or a subscription must say.
    static Map<String, Object> arguments(String queue) {
        return SUBSCRIPTIONS.getOrDefault(queue, Map.of());
    }

    static void declare(Channel channel, FeatureLedger ledger) throws IOException {
        channel.queueDeclare(
                AUDIT,
                true,
                false,
                false,
                Map.of("x-queue-type", "stream", "x-polylog-dedup-window", 600_000));
        channel.queueDeclare(
                KEPT,
                true,
                false,
                false,
                Map.of("x-polylog-keep-ms", 3_600_000, "x-polylog-dedup-window", 600_000));
        channel.basicQos(1);
        for (Map.Entry<String, Map<String, Object>> each : SUBSCRIPTIONS.entrySet()) {
            String name = each.getKey();
            channel.basicCancel(
                    channel.basicConsume(
                            name, false, each.getValue(), new DefaultConsumer(channel)));
            ledger.handling().watch(name, HandlingLedger.Rules.PLAIN);
            ledger.streams()
                    .subscribed(
                            name,
                            name.equals(KEPT) ? KEPT : AUDIT,
                            id ->
                                    !name.equals(BRIEF)
                                            && !(name.equals(SOME) && FeatureShop.isUnwanted(id)));
        }
    }

    /// Reads them from their beginning, and writes down what stands where.
    static void read(Channel channel, FeatureLedger ledger, Runnable coming) throws IOException {
        for (String name : NAMES) {
            read(
                    channel,
                    name,
                    (offset, body) -> {
                        coming.run();
                        ledger.streams().stands(name, offset, FeatureShop.id(body, ledger));
                    });
        }
    }

    /// Reads a stream from its beginning.
    static void read(Channel channel, String stream, Taker taker) throws IOException {
        Map<String, Object> arguments = new HashMap<>();
        arguments.put("x-stream-offset", "first");
        channel.basicQos(PREFETCH);
        channel.basicConsume(
                stream,
                false,
                arguments,
                new DefaultConsumer(channel) {
                    @Override
                    public void handleDelivery(
                            String tag, Envelope envelope, BasicProperties properties, byte[] body)
                            throws IOException {
                        Object offset = properties.getHeaders().get("x-stream-offset");
                        taker.take(((Number) offset).longValue(), body);
                        try {
                            channel.basicAck(envelope.getDeliveryTag(), false);
                        } catch (AlreadyClosedException gone) {
                            // The next life reads it anew.
                        }
                    }
                });
    }
}
