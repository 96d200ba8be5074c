package io.polylog.bench;

import static io.polylog.bench.AmqpScene.line;

import io.polylog.bench.MqttCrowd.Member;
import io.polylog.harness.BrokerProcess;
import io.polylog.harness.Scratch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./polylog bench crowd`: many MQTT clients. Those that come and stay are idle, with a persistent
/// subscription each; those that listen get what one publisher sends, at most once. Exit code 0
/// when every listener got every message.
@Command(
        name = "crowd",
        description =
                "Has many MQTT clients connect, measures what each costs in memory when idle, and"
                        + " deliveries per CPU second where all listen to one publisher.",
        sortOptions = false)
final class CrowdBench implements Callable<Integer> {
    private static final String TOPIC = "prices/eur";

    /// Hand-overs that may be on their way to the listeners.
    private static final int WINDOW = 4;

    private static final long SETTLE_NANOS = 5_000_000_000L;
    private static final long LOOK_NANOS = 200_000;
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    @Option(
            names = "--listeners",
            defaultValue = "1000",
            description =
                    "Clients that subscribe with QoS 0 to what is published (${DEFAULT-VALUE}).")
    private int listeners;

    @Option(
            names = "--idle",
            defaultValue = "0",
            description =
                    "Clients with a persistent subscription that gets nothing (${DEFAULT-VALUE}).")
    private int idle;

    @Option(
            names = "--messages",
            defaultValue = "20000",
            description = "How many are published (${DEFAULT-VALUE}).")
    private int messages;

    @Option(
            names = "--batch",
            defaultValue = "100",
            description = "How many are written at once (${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--size",
            defaultValue = "100",
            description = "Bytes of a message (${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--address",
            description = "host:port of a running broker. Default: one of its own, thrown away.")
    private @Nullable String address;

    @Option(
            names = "--pid",
            description = "With --address: the broker's process, to measure its CPU time.")
    private @Nullable Long pid;

    @Mixin
    @SuppressWarnings("UnusedVariable") // read by the parser
    private HelpOption help = new HelpOption();

    /// The broker that is measured.
    private record Measured(String address, long pid) {
        double cpuSeconds() {
            return BrokerCpu.require(pid).info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
        }

        long residentBytes() {
            return BrokerProcess.residentBytes(pid);
        }
    }

    @Override
    public Integer call() throws Exception {
        if (address != null && pid != null) {
            return measure(new Measured(address, pid));
        }
        try (Scratch scratch = new Scratch("polylog-crowd");
                BrokerProcess broker =
                        BrokerProcess.start(scratch.path("data"), scratch.path("broker.log"))) {
            return measure(new Measured(broker.address("mqtt"), broker.pid()));
        }
    }

    private int measure(Measured broker) throws IOException {
        if (idle > 0) {
            stay(broker);
        }
        return listeners == 0 || fanOut(broker) ? 0 : 1;
    }

    private void stay(Measured broker) throws IOException {
        try (MqttCrowd warm = new MqttCrowd(broker.address())) {
            for (int i = 0; i < idle / 10; i++) {
                warm.join(new Member("warm" + i, true, "warm/" + i, 1));
            }
        }
        LockSupport.parkNanos(SETTLE_NANOS);
        long before = broker.residentBytes();
        long begun = System.nanoTime();
        try (MqttCrowd crowd = new MqttCrowd(broker.address())) {
            for (int i = 0; i < idle; i++) {
                crowd.join(new Member("idle" + i, false, "devices/" + i + "/orders", 1));
            }
            double seconds = (System.nanoTime() - begun) / 1e9;
            LockSupport.parkNanos(SETTLE_NANOS);
            long grown = broker.residentBytes() - before;
            line("%,d clients came in %.1f s", idle, seconds);
            line("resident memory: %.1f KiB each", grown / 1024.0 / idle);
        }
    }

    private boolean fanOut(Measured broker) throws IOException {
        byte[] packet = MqttCrowd.publish(TOPIC, size);
        try (MqttCrowd crowd = new MqttCrowd(broker.address());
                SocketChannel publisher = crowd.publisher()) {
            for (int i = 0; i < listeners; i++) {
                crowd.join(new Member("listener" + i, true, TOPIC, 0));
            }
            crowd.listen();
            round(crowd, publisher, packet, messages / 4);
            double cpu = broker.cpuSeconds();
            long begun = System.nanoTime();
            boolean all = round(crowd, publisher, packet, messages);
            double seconds = (System.nanoTime() - begun) / 1e9;
            double used = broker.cpuSeconds() - cpu;
            double deliveries = (double) messages * listeners;
            line("%,.0f deliveries/s", deliveries / seconds);
            line("%,.0f deliveries per broker CPU second", deliveries / used);
            line(all ? "every listener got every message" : "messages were lost");
            return all;
        }
    }

    /// Publishes, at most so far ahead of the slowest listener that nothing need be dropped.
    private boolean round(MqttCrowd crowd, SocketChannel publisher, byte[] packet, int count)
            throws IOException {
        ByteArrayOutputStream several = new ByteArrayOutputStream();
        for (int i = 0; i < batch; i++) {
            several.writeBytes(packet);
        }
        byte[] written = several.toByteArray();
        long each = (long) written.length * listeners;
        long from = crowd.bytes();
        long batches = count / batch;
        for (long sent = 0; sent < batches; sent++) {
            if (!await(crowd, from + (sent - WINDOW + 1) * each)) {
                return false;
            }
            ByteBuffer bytes = ByteBuffer.wrap(written);
            while (bytes.hasRemaining()) {
                publisher.write(bytes);
            }
        }
        return await(crowd, from + batches * each);
    }

    private static boolean await(MqttCrowd crowd, long bytes) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (crowd.bytes() < bytes) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }
}
