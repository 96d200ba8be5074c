package io.polylog.interop.crash;

import io.polylog.harness.BrokerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/// Crashes a broker again and again under confirmed load on all protocols, each time at a random
/// moment after all were accepted again, and says in the end what was wrong.
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

    private record Named(String name, Load load) {}

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
        List<Named> loads = new ArrayList<>();
        try {
            begin(loads, run);
            awaitProgress(loads);
            for (int cycle = 0; cycle < count && wrong.isEmpty(); cycle++) {
                crash.strike(broker);
                broker.restart();
                slowestStart = max(slowestStart, broker.startTime());
                awaitProgress(loads);
            }
            finish(loads);
            summary(count, loads);
        } finally {
            loads.forEach(each -> each.load.close());
        }
        if (!wrong.isEmpty()) {
            wrong.add("seed " + seed + " (-Dpolylog.seed=" + seed + ")");
        }
        return wrong;
    }

    /// All at once, so that none goes on while another waits for what it is owed.
    private void finish(List<Named> loads) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<String>>> verdicts = new ArrayList<>();
            for (Named each : loads) {
                verdicts.add(threads.submit(() -> each.load.finish(patience)));
            }
            for (Future<List<String>> verdict : verdicts) {
                wrong.addAll(verdict.get());
            }
        }
    }

    private void begin(List<Named> loads, long run) throws Exception {
        String mqtt = broker.address("mqtt");
        loads.add(new Named("Kafka", new KafkaLoad(broker.address("kafka"), "crash-topic", run)));
        loads.add(new Named("AMQP", new AmqpLoad(broker.port("amqp"), "crash-queue", run)));
        loads.add(new Named("MQTT QoS 1", new MqttLoad(mqtt, "crash/1", 1, run)));
        loads.add(new Named("MQTT QoS 2", new MqttLoad(mqtt, "crash/2", 2, run)));
        loads.add(new Named("HTTP", new HttpLoad(broker.port("http"), "crash-http", run)));
        loads.add(new Named("STOMP", new StompLoad(broker.port("stomp"), "crash-stomp", run)));
        loads.add(
                new Named("JetStream", new JetStreamLoad(broker.address("nats"), "crash-js", run)));
    }

    /// All protocols must be accepted again; then a random number of messages more.
    private void awaitProgress(List<Named> loads) {
        List<Long> wanted =
                loads.stream().map(each -> each.load.accepted() + LEAST_ACCEPTED).toList();
        for (int i = 0; i < loads.size(); i++) {
            Load load = loads.get(i).load;
            long least = wanted.get(i);
            if (!Waiting.until(patience, () -> load.accepted() >= least)) {
                wrong.add("nothing was accepted over " + loads.get(i).name + " for " + patience);
            }
        }
        long all = accepted(loads) + random.nextInt(MOST_MORE);
        Waiting.until(patience, () -> accepted(loads) >= all);
    }

    private static long accepted(List<Named> loads) {
        return loads.stream().mapToLong(each -> each.load.accepted()).sum();
    }

    private void summary(int count, List<Named> loads) {
        System.out.printf(
                "%d crashes, slowest start %d ms; accepted:", count, slowestStart.toMillis());
        loads.forEach(each -> System.out.printf(" %,d over %s;", each.load.accepted(), each.name));
        System.out.println();
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }
}
