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
    private static final int MOST_MORE = 20_000;

    private final BrokerProcess broker;
    private final Crash crash;
    private final long seed = Long.getLong("polylog.seed", ThreadLocalRandom.current().nextLong());
    private final SplittableRandom random = new SplittableRandom(seed);
    private Duration slowestStart = Duration.ZERO;

    /// How the broker ends, and what must be done before it can start again.
    @FunctionalInterface
    interface Crash {
        void strike(BrokerProcess broker) throws Exception;
    }

    CrashRun(BrokerProcess broker, Crash crash) {
        this.broker = broker;
        this.crash = crash;
    }

    /// Runs the cycles; gives everything that is wrong, the seed with it.
    List<String> cycles(int count) throws Exception {
        long run = random.nextLong();
        List<String> wrong = new ArrayList<>();
        try (Load kafka = new KafkaLoad(broker.address("kafka"), "crash-topic", run);
                Load amqp = new AmqpLoad(broker.port("amqp"), "crash-queue", run)) {
            for (int cycle = 0; cycle < count; cycle++) {
                awaitProgress(cycle, kafka, amqp);
                crash.strike(broker);
                broker.restart();
                slowestStart = max(slowestStart, broker.startTime());
            }
            awaitProgress(count, kafka, amqp);
            wrong.addAll(kafka.finish());
            wrong.addAll(amqp.finish());
            summary(count, kafka, amqp);
        } catch (AssertionError stuck) {
            wrong.add(stuck.getMessage());
        }
        if (!wrong.isEmpty()) {
            wrong.add("seed " + seed + " (-Dpolylog.seed=" + seed + ")");
        }
        return wrong;
    }

    /// Both protocols must be accepted again; then a random number of messages more.
    private void awaitProgress(int cycle, Load kafka, Load amqp) {
        long byKafka = kafka.accepted() + LEAST_ACCEPTED;
        long byAmqp = amqp.accepted() + LEAST_ACCEPTED;
        Waiting.until(
                "both to be accepted in cycle " + cycle,
                () -> kafka.accepted() >= byKafka && amqp.accepted() >= byAmqp);
        long all = kafka.accepted() + amqp.accepted() + random.nextInt(MOST_MORE);
        Waiting.until(
                "more to be accepted in cycle " + cycle,
                () -> kafka.accepted() + amqp.accepted() >= all);
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
