package io.polylog.interop.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.polylog.interop.crash.StreamLedger.Condition;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A stream to which several writers append on conditions, as they see it through a reader of their
/// own. What a message expects stands in its name.
final class FeatureChain {
    static final String STREAM = "chain";

    private static final int KEYS = 3;
    private static final long PATIENCE_MS = 60_000;

    private final StreamLedger ledger;
    private final AtomicInteger next = new AtomicInteger();

    FeatureChain(StreamLedger ledger) {
        this.ledger = ledger;
    }

    static void declare(Channel channel) throws IOException {
        channel.queueDeclare(
                STREAM,
                true,
                false,
                false,
                Map.of("x-queue-type", "stream", "x-polylog-key-versions", "header:key"));
    }

    /// What a writer knows of the stream.
    private static final class View {
        final AtomicLong last = new AtomicLong(-1);
        final Map<String, Long> newest = new ConcurrentHashMap<>();

        void takes(long offset, String key) {
            newest.merge(key, offset, Math::max);
            last.accumulateAndGet(offset, Math::max);
        }
    }

    /// A writer of one life, on a thread of its own.
    final class Writer {
        private final Channel channel;
        private final SplittableRandom dice;
        private final View view = new View();

        Writer(Connection connection, SplittableRandom dice) throws IOException {
            this.dice = dice;
            channel = connection.createChannel();
            channel.confirmSelect();
            read(
                    connection.createChannel(),
                    (offset, id) -> view.takes(offset, condition(id).key()));
        }

        /// Appends one message, or is too late.
        void append() throws IOException, InterruptedException, TimeoutException {
            String key = "c" + dice.nextInt(KEYS);
            Map<String, Object> headers = new HashMap<>();
            headers.put("key", key);
            String expects = "no";
            switch (dice.nextInt(3)) {
                case 0 -> {
                    long last = view.last.get();
                    headers.put("x-polylog-expected-last-offset", last);
                    expects = "last " + last;
                }
                case 1 -> {
                    long version = view.newest.getOrDefault(key, -1L);
                    headers.put("x-polylog-expected-version", version);
                    expects = "key " + version;
                }
                default -> {}
            }
            String id = "%06d %s %s".formatted(next.getAndIncrement(), key, expects);
            ledger.attempted(STREAM, id);
            BasicProperties properties =
                    new BasicProperties.Builder().deliveryMode(2).headers(headers).build();
            channel.basicPublish("", STREAM, properties, id.getBytes(UTF_8));
            if (channel.waitForConfirms(PATIENCE_MS)) {
                ledger.confirmed(STREAM, id);
            }
        }
    }

    /// Takes a message of a stream.
    @FunctionalInterface
    interface Taker {
        void take(long offset, String id);
    }

    /// Reads all there is and comes.
    void read(Channel channel, Taker taker) throws IOException {
        FeatureStreams.read(
                channel,
                STREAM,
                (offset, body) -> {
                    String id = new String(body, UTF_8);
                    ledger.stands(STREAM, offset, id);
                    taker.take(offset, id);
                });
    }

    /// What is wrong once all is read.
    List<String> verdict() {
        return StreamLedger.broken(ledger.places(STREAM), FeatureChain::condition);
    }

    private static Condition condition(String id) {
        String[] parts = id.split(" ", -1);
        @Nullable Long expected = parts.length > 3 ? Long.valueOf(parts[3]) : null;
        return new Condition(parts[1], parts[2].equals("key"), expected);
    }
}
