package io.polylog.bench;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Publishes persistent messages with confirms. Used by one thread.
final class AmqpSender implements Driver.Publisher {
    private static final int IN_FLIGHT = 20_000;

    private final Channel channel;
    private final String exchange;
    private final String routingKey;
    private final ConcurrentNavigableMap<Long, Driver.Answer> unconfirmed =
            new ConcurrentSkipListMap<>();
    private final Semaphore room = new Semaphore(IN_FLIGHT);

    AmqpSender(Channel channel, String exchange, String routingKey) throws IOException {
        this.channel = channel;
        this.exchange = exchange;
        this.routingKey = routingKey;
        channel.confirmSelect();
        channel.addConfirmListener(
                (tag, multiple) -> answer(tag, multiple, true),
                (tag, multiple) -> answer(tag, multiple, false));
    }

    @Override
    public void send(byte[] message, Driver.Answer answer) throws IOException {
        send(routingKey, MessageProperties.PERSISTENT_BASIC, message, answer);
    }

    private void send(String key, BasicProperties with, byte[] message, Driver.Answer answer)
            throws IOException {
        unconfirmed.put(channel.getNextPublishSeqNo(), answer);
        channel.basicPublish(exchange, key, with, message);
    }

    /// Sends, and waits while [#IN_FLIGHT] are unconfirmed.
    ///
    /// @throws IllegalStateException when one is refused
    void sendInTurn(String key, BasicProperties with, byte[] message)
            throws IOException, InterruptedException {
        room.acquire();
        send(
                key,
                with,
                message,
                accepted -> {
                    if (!accepted) {
                        throw new IllegalStateException("a message was refused");
                    }
                    room.release();
                });
    }

    /// Waits until everything that was sent in turn is confirmed.
    void awaitConfirms(Duration limit) throws InterruptedException {
        if (!room.tryAcquire(IN_FLIGHT, limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException("no confirm for " + unconfirmed.size());
        }
        room.release(IN_FLIGHT);
    }

    @Override
    public void flush() {}

    @Override
    public void close() throws IOException, TimeoutException {
        channel.close();
    }

    private void answer(long tag, boolean multiple, boolean accepted) {
        var answered =
                multiple
                        ? unconfirmed.headMap(tag, true)
                        : unconfirmed.subMap(tag, true, tag, true);
        answered.values().forEach(answer -> answer.confirmed(accepted));
        answered.clear();
    }
}
