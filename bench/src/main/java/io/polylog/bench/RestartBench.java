package io.polylog.bench;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.polylog.harness.BrokerProcess;
import io.polylog.harness.Scratch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./polylog bench restart`: fills a broker with Kafka batches and with an AMQP backlog, kills it
/// with SIGKILL under load, and measures how long the launcher takes to the `ready` line. Exit code
/// 0 when nothing that was confirmed is missing from the backlog.
@Command(
        name = "restart",
        description = "Kills a loaded broker and measures its starts.",
        sortOptions = false)
final class RestartBench implements Callable<Integer> {
    private static final int IN_FLIGHT = 20_000;
    private static final String TOPIC = "restart-topic";
    private static final String QUEUE = "restart-queue";

    @Option(
            names = "--gib",
            defaultValue = "5",
            description = "Payload kept in all, in GiB (${DEFAULT-VALUE}).")
    private double gib;

    @Option(
            names = "--backlog",
            defaultValue = "1200000",
            description = "Messages of it that wait in the AMQP queue (${DEFAULT-VALUE}).")
    private long backlog;

    @Option(
            names = "--size",
            defaultValue = "1024",
            description = "Bytes of a message (${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--starts",
            defaultValue = "5",
            description = "Starts on empty data, and on the loaded (${DEFAULT-VALUE}).")
    private int starts;

    @Mixin
    @SuppressWarnings("UnusedVariable") // read by the parser
    private HelpOption help = new HelpOption();

    @Override
    public Integer call() throws Exception {
        try (Scratch scratch = new Scratch("polylog-restart")) {
            startEmpty(scratch);
            return startLoaded(scratch.path("data"), scratch.path("broker.log"));
        }
    }

    private void startEmpty(Scratch scratch) throws Exception {
        List<Duration> times = new ArrayList<>();
        for (int start = 0; start <= starts; start++) {
            Path log = scratch.path("empty.log");
            try (BrokerProcess broker = BrokerProcess.start(scratch.path("empty" + start), log)) {
                times.add(broker.startTime());
                int _ = broker.terminate();
            }
        }
        // The first one after a build makes the start-up cache.
        report("empty data", times.subList(1, times.size()));
    }

    private int startLoaded(Path data, Path log) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(data, log)) {
            long confirmed = loadAndKill(broker);
            long liveBytes = AmqpScene.bytesOf(data, "");
            List<Duration> times = new ArrayList<>();
            for (int start = 0; start < starts; start++) {
                broker.restart();
                times.add(broker.startTime());
                if (start < starts - 1) {
                    broker.kill9();
                }
            }
            report(String.format(Locale.ROOT, "%.1f GB of log", liveBytes / 1e9), times);
            System.out.println(AmqpScene.lastStart(log));
            long there = messages(broker.port("amqp"));
            System.out.printf("%,d in the queue, %,d of them confirmed%n", there, confirmed);
            return there < confirmed ? 1 : 0;
        }
    }

    /// Gives how many messages of the queue were confirmed when the broker was killed.
    private long loadAndKill(BrokerProcess broker) throws Exception {
        long kafka = (long) (gib * (1 << 30) / size) - backlog;
        AtomicLong confirmed = new AtomicLong();
        KafkaDriver topic = new KafkaDriver(broker.address("kafka"));
        topic.prepare(TOPIC, 1);
        send(topic, kafka, new AtomicLong());
        AmqpDriver queue = new AmqpDriver(broker.address("amqp"), AmqpDriver.Terms.USUAL);
        queue.prepare(QUEUE, 1);
        send(queue, backlog, confirmed);
        broker.kill9();
        return confirmed.get();
    }

    /// Sends at full speed; the newest are not answered yet when it returns.
    private void send(Driver driver, long count, AtomicLong confirmed) throws Exception {
        byte[] message = new byte[size];
        Semaphore room = new Semaphore(IN_FLIGHT);
        Driver.Publisher publisher = driver.publisher(0, false);
        for (long sent = 0; sent < count; sent++) {
            room.acquire();
            publisher.send(
                    message,
                    accepted -> {
                        room.release();
                        if (accepted) {
                            confirmed.incrementAndGet();
                        }
                    });
        }
    }

    private static void report(String what, List<Duration> times) {
        List<Duration> sorted = new ArrayList<>(times);
        Collections.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%-16s start to ready: median %,d ms, slowest %,d ms of %d%n",
                what,
                sorted.get(sorted.size() / 2).toMillis(),
                sorted.getLast().toMillis(),
                sorted.size());
    }

    private static long messages(int port) throws IOException, TimeoutException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(port);
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            return channel.messageCount(QUEUE);
        }
    }
}
