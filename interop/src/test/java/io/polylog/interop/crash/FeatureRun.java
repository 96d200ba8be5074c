package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import io.polylog.harness.BrokerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/// Lets the broker of a [FeatureShop] crash again and again, looks in the end what is where, and
/// says what was wrong.
final class FeatureRun {
    private static final int LEAST_LIFE_MS = 300;
    private static final int MOST_LIFE_MS = 2_000;

    /// Longer than anything stays hidden.
    private static final long QUIET_NANOS = Duration.ofSeconds(4).toNanos();

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path folder;
    private final CrashRun.Crash crash;
    private final SplittableRandom random;
    private final FeatureLedger ledger = new FeatureLedger();
    private final FeatureShop shop;
    private final FeaturePublisher publisher;
    private final FeatureChain chain = new FeatureChain(ledger.streams());
    private final AtomicLong lastNanos = new AtomicLong();
    private final int shards;

    /// @param folder an empty one
    /// @param seed which rules are drawn, and what is done; when the broker dies, and what it does
    ///   then, is another thing each time
    FeatureRun(Path folder, long seed, CrashRun.Crash crash) {
        this.folder = folder;
        this.crash = crash;
        random = new SplittableRandom(seed);
        shop = new FeatureShop(random.split(), ledger);
        shards = random.nextBoolean() ? 1 : 3;
        publisher = new FeaturePublisher(shop, ledger, random.split());
    }

    /// For people to read.
    @Override
    public String toString() {
        return shards + " shards, " + shop;
    }

    long confirmed() {
        return ledger.confirmedCount();
    }

    /// Everything that is wrong after so many crashes.
    List<String> lives(int count) throws Exception {
        try (BrokerProcess broker = KilledBroker.start(folder, shards)) {
            try (Connection connection = KilledBroker.connect(broker);
                    Channel channel = connection.createChannel()) {
                shop.declare(channel);
            }
            for (int number = 0; number < count; number++) {
                live(broker, number);
                broker.restart();
            }
            ledger.handling().begins();
            operator(broker).resumeAll();
            look(broker, count);
            List<String> wrong = ledger.verdict();
            wrong.addAll(chain.verdict());
            if (broker.terminate() != 0) {
                wrong.add("the broker did not end as it should");
            }
            return wrong;
        }
    }

    private FeatureOperator operator(BrokerProcess broker) {
        return new FeatureOperator(broker.address("http"), random.split(), shop, ledger);
    }

    private void live(BrokerProcess broker, int number) throws Exception {
        FeatureLife life = new FeatureLife(broker, shop, ledger, random.split());
        life.begin(publisher, chain, operator(broker), number);
        long endNanos =
                System.nanoTime()
                        + Duration.ofMillis(random.nextInt(LEAST_LIFE_MS, MOST_LIFE_MS)).toNanos();
        Waiting.until(PATIENCE, () -> System.nanoTime() > endNanos);
        life.end(broker, crash);
    }

    /// Takes everything out of everywhere.
    private void look(BrokerProcess broker, int lives) throws Exception {
        try (Connection connection = KilledBroker.connect(broker)) {
            List<String> places =
                    new ArrayList<>(List.of(FeatureShop.DEAD, FeatureShop.STRAY, FeatureShop.OUT));
            places.addAll(FeatureShop.workQueues());
            places.addAll(FeatureStreams.subscriptions());
            comes();
            ledger.streams().looks();
            for (String place : places) {
                look(connection.createChannel(), place);
            }
            FeatureStreams.read(connection.createChannel(), ledger, this::comes);
            chain.read(connection.createChannel(), (_, _) -> comes());
            assertThat(
                            Waiting.until(
                                    PATIENCE,
                                    () -> System.nanoTime() - lastNanos.get() > QUIET_NANOS))
                    .as("an end to what comes")
                    .isTrue();
            for (int number = 0; number < lives; number++) {
                lookForNeglected(connection.createChannel(), FeatureShop.NEGLECTED + number);
            }
        }
    }

    private void comes() {
        lastNanos.set(System.nanoTime());
    }

    private void look(Channel channel, String place) throws IOException {
        boolean ordered = shop.keepsOrder(place);
        channel.basicQos(100);
        channel.basicConsume(
                place,
                false,
                FeatureStreams.arguments(place),
                new DefaultConsumer(channel) {
                    private String before = "";

                    @Override
                    public void handleDelivery(
                            String tag, Envelope envelope, BasicProperties properties, byte[] body)
                            throws IOException {
                        comes();
                        String id = FeatureShop.id(body, ledger);
                        if (FeatureStreams.isSubscription(place)) {
                            ledger.streams().came(place, id);
                        } else {
                            ledger.found(id, place, place.equals(FeatureShop.OUT));
                        }
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

    private void lookForNeglected(Channel channel, String queue) {
        try {
            channel.queueDeclarePassive(queue);
            ledger.wrong(queue + " is there, and nobody used it");
        } catch (IOException gone) {
            // As it should be.
        }
    }
}
