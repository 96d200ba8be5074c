package io.polylog.bench;

import static io.polylog.bench.AmqpScene.line;

import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.polylog.harness.BrokerProcess;
import io.polylog.harness.Scratch;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./polylog bench durables`: many durable consumers of one JetStream stream that nobody uses now.
/// Measures what each costs in memory, and how fast one publishes into that stream against one with
/// a single consumer, in turns. Exit code 0 when everything was acknowledged.
@Command(
        name = "durables",
        description =
                "Makes many durable JetStream consumers of one stream; measures memory for each,"
                        + " and publishing beside them against a stream with one.",
        sortOptions = false)
final class DurablesBench implements Callable<Integer> {
    private static final int WINDOW = 1000;

    /// Until those that nobody uses rest.
    private static final long SETTLE_NANOS = 25_000_000_000L;

    @Option(
            names = "--count",
            defaultValue = "10000",
            description = "Durable consumers (${DEFAULT-VALUE}).")
    private int count;

    @Option(
            names = "--messages",
            defaultValue = "200000",
            description = "Messages of a turn (${DEFAULT-VALUE}).")
    private int messages;

    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "Turns of each stream (${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--size",
            defaultValue = "100",
            description = "Bytes of a message (${DEFAULT-VALUE}).")
    private int size;

    @Mixin
    @SuppressWarnings("UnusedVariable") // read by the parser
    private HelpOption help = new HelpOption();

    @Override
    public Integer call() throws Exception {
        try (Scratch scratch = new Scratch("polylog-durables");
                BrokerProcess broker =
                        BrokerProcess.start(scratch.path("data"), scratch.path("broker.log"))) {
            Options options =
                    new Options.Builder()
                            .server("nats://" + broker.address("nats"))
                            .noReconnect()
                            .build();
            Connection client = Nats.connect(options);
            measure(broker, client);
            client.close();
            return 0;
        }
    }

    private void measure(BrokerProcess broker, Connection client) throws Exception {
        JetStreamManagement management = client.jetStreamManagement();
        make(management, "warm", count / 10);
        make(management, "one", 1);
        turn(client, "one");
        LockSupport.parkNanos(SETTLE_NANOS);
        long before = broker.liveHeapBytes();
        long begun = System.nanoTime();
        make(management, "many", count);
        double seconds = (System.nanoTime() - begun) / 1e9;
        LockSupport.parkNanos(SETTLE_NANOS);
        long grown = broker.liveHeapBytes() - before;
        line("%,d durable consumers made in %.1f s", count, seconds);
        line("heap: %,d bytes each", grown / count);
        double[] one = new double[rounds];
        double[] many = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            one[round] = turn(client, "one");
            many[round] = turn(client, "many");
        }
        Arrays.sort(one);
        Arrays.sort(many);
        double alone = one[rounds / 2];
        double beside = many[rounds / 2];
        line("published with one consumer: %,.0f/s", alone);
        line("published with %,d consumers: %,.0f/s, %.0f %%", count, beside, 100 * beside / alone);
    }

    private static void make(JetStreamManagement management, String stream, int consumers)
            throws Exception {
        management.addStream(
                StreamConfiguration.builder().name(stream).subjects(stream + ".*").build());
        for (int i = 0; i < consumers; i++) {
            management.createConsumer(
                    stream,
                    ConsumerConfiguration.builder()
                            .durable("durable" + i)
                            .ackPolicy(AckPolicy.Explicit)
                            .filterSubject(stream + "." + i)
                            .build());
        }
    }

    /// Publishes for a turn.
    ///
    /// @return messages a second
    private double turn(Connection client, String stream) throws Exception {
        byte[] message = new byte[size];
        JetStream streams = client.jetStream();
        Semaphore room = new Semaphore(WINDOW);
        Semaphore failed = new Semaphore(0);
        long begun = System.nanoTime();
        for (int i = 0; i < messages; i++) {
            room.acquire();
            streams.publishAsync(stream + ".x", message)
                    .whenComplete((_, wrong) -> {
                        failed.release(wrong == null ? 0 : 1);
                        room.release();
                    });
        }
        room.acquire(WINDOW);
        if (failed.availablePermits() > 0) {
            throw new IllegalStateException(failed.availablePermits() + " were not acknowledged");
        }
        return messages * 1e9 / (System.nanoTime() - begun);
    }
}
