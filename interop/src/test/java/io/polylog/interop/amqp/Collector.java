package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// Keeps what a consumer is delivered, in order, and settles nothing by itself.
public final class Collector extends DefaultConsumer {
    private final List<Got> got = new CopyOnWriteArrayList<>();
    private volatile boolean cancelled;

    /// One delivery.
    public record Got(Envelope envelope, BasicProperties properties, byte[] body) {
        public String text() {
            return new String(body, UTF_8);
        }

        public long tag() {
            return envelope.getDeliveryTag();
        }

        public boolean redelivered() {
            return envelope.isRedeliver();
        }
    }

    private Collector(Channel channel) {
        super(channel);
    }

    /// Consumes with acknowledgements.
    public static Collector of(Channel channel, String queue) throws IOException {
        return of(channel, queue, false, Map.of());
    }

    public static Collector of(
            Channel channel, String queue, boolean autoAck, Map<String, Object> arguments)
            throws IOException {
        Collector collector = new Collector(channel);
        channel.basicConsume(queue, autoAck, "", false, false, arguments, collector);
        return collector;
    }

    @Override
    public void handleDelivery(
            String tag, Envelope envelope, BasicProperties properties, byte[] body) {
        got.add(new Got(envelope, properties, body));
    }

    @Override
    public void handleCancel(String tag) {
        cancelled = true;
    }

    public boolean isCancelled() {
        return cancelled;
    }

    public List<Got> all() {
        return got;
    }

    public Got at(int index) {
        return got.get(index);
    }

    public List<String> texts() {
        return got.stream().map(Got::text).toList();
    }

    /// Waits for so many deliveries and gives them.
    public List<Got> await(int count) {
        await(Integer.toString(count)).atMost(Rabbit.PATIENCE).until(() -> got.size() >= count);
        return List.copyOf(got);
    }

    private static org.awaitility.core.ConditionFactory await(String what) {
        return org.awaitility.Awaitility.await(what);
    }

    /// Forgets what came so far.
    public void clear() {
        got.clear();
    }
}
