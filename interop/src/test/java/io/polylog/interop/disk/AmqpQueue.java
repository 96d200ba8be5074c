package io.polylog.interop.disk;

import com.rabbitmq.client.BlockedListener;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// RabbitMQ's Java client on one durable queue: publishes numbered messages one at a time and knows
/// which were confirmed; takes them out again in order. One thread.
final class AmqpQueue implements AutoCloseable {
    private static final long PATIENCE_MS = 20_000;

    private final String name;
    private final Connection connection;
    private final Channel channel;
    private final AtomicInteger refusals = new AtomicInteger();
    private final List<Integer> accepted = new ArrayList<>();
    private volatile boolean blocked;
    private int next;

    AmqpQueue(int port, String name) throws Exception {
        this.name = name;
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(port);
        factory.setAutomaticRecoveryEnabled(false);
        factory.setShutdownTimeout(1_000);
        connection = factory.newConnection();
        connection.addBlockedListener(
                new BlockedListener() {
                    @Override
                    public void handleBlocked(String reason) {
                        blocked = true;
                    }

                    @Override
                    public void handleUnblocked() {
                        blocked = false;
                    }
                });
        channel = connection.createChannel();
        channel.queueDeclare(name, true, false, false, null);
        channel.confirmSelect();
        channel.addConfirmListener((_, _) -> {}, (_, _) -> refusals.incrementAndGet());
    }

    /// Publishes the next message and waits for its answer.
    ///
    /// @return whether it was confirmed
    boolean publish(int bytes) throws Exception {
        byte[] message = ByteBuffer.allocate(bytes).putInt(next).array();
        channel.basicPublish("", name, MessageProperties.PERSISTENT_BASIC, message);
        boolean confirmed = channel.waitForConfirms(PATIENCE_MS);
        if (confirmed) {
            accepted.add(next);
        }
        next++;
        return confirmed;
    }

    /// How often the broker answered with a nack.
    int refusals() {
        return refusals.get();
    }

    /// Whether the broker asks to hold back.
    boolean isBlocked() {
        return blocked;
    }

    /// The numbers that were confirmed, in order.
    List<Integer> accepted() {
        return accepted;
    }

    /// Takes and acknowledges all there is; their numbers in order.
    List<Integer> drain() throws IOException {
        List<Integer> numbers = new ArrayList<>();
        GetResponse message;
        while ((message = channel.basicGet(name, false)) != null) {
            numbers.add(ByteBuffer.wrap(message.getBody()).getInt());
            channel.basicAck(message.getEnvelope().getDeliveryTag(), false);
        }
        return numbers;
    }

    /// Takes all there is, acknowledges every other one, and closes the channel, which gives the
    /// rest back: the answer to that comes after what was acknowledged is written.
    ///
    /// @return the numbers of those it gave back
    List<Integer> settleHalf() throws Exception {
        List<Integer> kept = new ArrayList<>();
        GetResponse message;
        boolean settles = true;
        while ((message = channel.basicGet(name, false)) != null) {
            if (settles) {
                channel.basicAck(message.getEnvelope().getDeliveryTag(), false);
            } else {
                kept.add(ByteBuffer.wrap(message.getBody()).getInt());
            }
            settles = !settles;
        }
        channel.close();
        return kept;
    }

    @Override
    public void close() {
        connection.abort();
    }
}
