package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import io.polylog.harness.BrokerProcess;
import io.polylog.interop.crash.FeatureShop.Order;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Everything queues can do, switched on at random, with workers who do not do as they should and
/// an operator at work, while the broker is killed again and again: nothing is lost, doubled or
/// early.
@Tag("slow")
class EveryFeatureKillTest {
    private static final int KILLS = Math.max(1, Integer.getInteger("polylog.kills", 10) / 2);
    private static final int LEAST_LIFE_MS = 300;
    private static final int MOST_LIFE_MS = 2_000;

    /// Longer than anything stays hidden.
    private static final long QUIET_NANOS = Duration.ofSeconds(4).toNanos();

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /// Which rules are drawn; `-Dpolylog.seed` draws others. When the broker dies, and what it does
    /// then, is another thing each time.
    private final long seed = Long.getLong("polylog.seed", 796_934);

    private final SplittableRandom random = new SplittableRandom(seed);
    private final FeatureLedger ledger = new FeatureLedger();
    private final FeatureShop shop = new FeatureShop(random, ledger);

    @TempDir private Path folder;

    @Test
    void nothing_is_lost_doubled_or_early() throws Exception {
        int shards = random.nextBoolean() ? 1 : 3;
        try (BrokerProcess broker = KilledBroker.start(folder, shards)) {
            try (Connection connection = KilledBroker.connect(broker);
                    Channel channel = connection.createChannel()) {
                shop.declare(channel);
            }
            List<Order> again = List.of();
            for (int kill = 0; kill < KILLS; kill++) {
                again = live(broker, again);
                broker.restart();
            }
            new FeatureOperator(broker.address("http"), random, ledger).resumeAll();
            look(broker);
            System.out.printf(
                    "%d kills, seed %d: %,d confirmed%n", KILLS, seed, ledger.confirmedCount());
            assertThat(ledger.verdict())
                    .as("-Dpolylog.seed=%d with %d shards, %s", seed, shards, shop)
                    .isEmpty();
            assertThat(ledger.confirmedCount()).as("confirmed").isGreaterThan(100L * KILLS);
            assertThat(broker.terminate()).isZero();
        }
    }

    private List<Order> live(BrokerProcess broker, List<Order> again) throws Exception {
        FeatureLife life = new FeatureLife(broker, shop, ledger, random.split());
        life.begin(again);
        long endNanos =
                System.nanoTime()
                        + Duration.ofMillis(random.nextInt(LEAST_LIFE_MS, MOST_LIFE_MS)).toNanos();
        Waiting.until(PATIENCE, () -> System.nanoTime() > endNanos);
        return life.end();
    }

    /// Takes everything out of everywhere.
    private void look(BrokerProcess broker) throws Exception {
        try (Connection connection = KilledBroker.connect(broker)) {
            List<String> places =
                    new ArrayList<>(List.of(FeatureShop.DEAD, FeatureShop.STRAY, FeatureShop.OUT));
            for (int i = 0; i < FeatureShop.QUEUES; i++) {
                places.add("w" + i);
            }
            AtomicLong lastNanos = new AtomicLong(System.nanoTime());
            for (String place : places) {
                look(connection.createChannel(), place, lastNanos);
            }
            assertThat(
                            Waiting.until(
                                    PATIENCE,
                                    () -> System.nanoTime() - lastNanos.get() > QUIET_NANOS))
                    .as("an end to what comes")
                    .isTrue();
        }
    }

    private void look(Channel channel, String place, AtomicLong lastNanos) throws IOException {
        boolean ordered = place.startsWith("w") && shop.keepsOrder(place);
        channel.basicQos(100);
        channel.basicConsume(
                place,
                false,
                new DefaultConsumer(channel) {
                    private String before = "";

                    @Override
                    public void handleDelivery(
                            String tag, Envelope envelope, BasicProperties properties, byte[] body)
                            throws IOException {
                        lastNanos.set(System.nanoTime());
                        String id = FeatureShop.id(body, ledger);
                        ledger.found(id, place, place.equals(FeatureShop.OUT));
                        if (ordered && isPlain(envelope, properties)) {
                            if (id.compareTo(before) < 0) {
                                ledger.wrong(id + " came behind " + before + " in " + place);
                            }
                            before = id;
                        }
                        channel.basicAck(envelope.getDeliveryTag(), false);
                    }
                });
    }

    /// Whether it stands where it was published, and was never away or hidden.
    private static boolean isPlain(Envelope envelope, BasicProperties properties) {
        Map<String, Object> headers = properties.getHeaders();
        return !envelope.isRedeliver()
                && !headers.containsKey("x-delay")
                && !headers.containsKey("x-polylog-replay");
    }
}
