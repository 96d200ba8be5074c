package io.polylog.interop.crash;

import io.polylog.harness.BrokerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;

/// Crashes a broker again and again under confirmed load on both protocols, each time at a random
/// moment after both were accepted again, and says in the end what was wrong.
final class CrashRun {
    private static final int LEAST_ACCEPTED = 200;
    private static final int MOST_MORE = 5_000;

    private final BrokerProcess broker;
    private final Crash crash;
    private final Duration patience;
    private final long seed = Long.getLong("polylog.seed", ThreadLocalRandom.current().nextLong());
    private final SplittableRandom random = new SplittableRandom(seed);
    private final List<String> wrong = new ArrayList<>();
    private Duration slowestStart = Duration.ZERO;

    /// How the broker ends, and what must be done before it can start again.
    @FunctionalInterface
    interface Crash {
        void strike(BrokerProcess broker) throws Exception;
    }

    CrashRun(BrokerProcess broker, Crash crash) {
        this(broker, crash, Duration.ofSeconds(60));
    }

    /// A run that waits less long for what does not happen.
    CrashRun(BrokerProcess broker, Crash crash, Duration patience) {
        this.broker = broker;
        this.crash = crash;
        this.patience = patience;
    }

    /// Runs the cycles; gives everything that is wrong, the seed with it.
    List<String> cycles(int count) throws Exception {
        long run = random.nextLong();
        try (Load kafka = new KafkaLoad(broker.address("kafka"), "crash-topic", run);
                Load amqp = new AmqpLoad(broker.port("amqp"), "crash-queue", run)) {
            awaitProgress(kafka, amqp);
            for (int cycle = 0; cycle < count && wrong.isEmpty(); cycle++) {
                crash.strike(broker);
                broker.restart();
                slowestStart = max(slowestStart, broker.startTime());
                awaitProgress(kafka, amqp);
            }
            wrong.addAll(kafka.finish(patience));
            wrong.addAll(amqp.finish(patience));
            summary(count, kafka, amqp);
        }
        if (!wrong.isEmpty()) {
            wrong.add("seed " + seed + " (-Dpolylog.seed=" + seed + ")");
        }
        return wrong;
    }

    /// Both protocols must be accepted again; then a random number of messages more.
    private void awaitProgress(Load kafka, Load amqp) {
        long byKafka = kafka.accepted() + LEAST_ACCEPTED;
        long byAmqp = amqp.accepted() + LEAST_ACCEPTED;
        if (!Waiting.until(patience, () -> kafka.accepted() >= byKafka)) {
            wrong.add("nothing was accepted over Kafka for " + patience);
        }
        if (!Waiting.until(patience, () -> amqp.accepted() >= byAmqp)) {
            wrong.add("nothing was accepted over AMQP for " + patience);
        }
        long all = kafka.accepted() + amqp.accepted() + random.nextInt(MOST_MORE);
        Waiting.until(patience, () -> kafka.accepted() + amqp.accepted() >= all);
    }

    private void summary(int count, Load kafka, Load amqp) {
        System.out.printf(
                "%d crashes: %,d accepted over Kafka, %,d over AMQP, slowest start %d ms%n",
                count, kafka.accepted(), amqp.accepted(), slowestStart.toMillis());
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }
}
