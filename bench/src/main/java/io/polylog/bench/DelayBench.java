package io.polylog.bench;

import static io.polylog.bench.AmqpScene.line;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./polylog bench delay`: messages through an x-delayed-message exchange that become due at
/// random times within a span, and how late they come. Exit code 0 when none came early.
@Command(
        name = "delay",
        description = "Publishes delayed messages and measures how late they come.",
        sortOptions = false)
final class DelayBench implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final long EARLY_NANOS = 2_000_000;

    /// Part of the time to publish in which it is done, evenly.
    private static final int PACE_PERCENT = 80;

    /// Sent before, so that the broker does nothing for the first time.
    private static final Round WARM_UP = new Round(100_000, 5, 10);

    @Option(
            names = "--messages",
            defaultValue = "1000000",
            description = "How many (${DEFAULT-VALUE}).")
    private int messages;

    @Option(
            names = "--lead",
            defaultValue = "40",
            description = "Seconds until the first is due (${DEFAULT-VALUE}): time to publish.")
    private int leadSeconds;

    @Option(
            names = "--within",
            defaultValue = "60",
            description = "Seconds from the first to the last (${DEFAULT-VALUE}).")
    private int withinSeconds;

    @Mixin
    @SuppressWarnings("UnusedVariable") // read by the parser
    private HelpOption help = new HelpOption();

    @Override
    public Integer call() throws Exception {
        Histogram lateNanos = new SynchronizedHistogram(3);
        long[] earlyNanos = {0};
        try (AmqpScene scene = new AmqpScene("polylog-delay")) {
            Channel channel = scene.channel();
            channel.exchangeDeclare(
                    "later", "x-delayed-message", true, false, Map.of("x-delayed-type", "direct"));
            channel.queueDeclare("q", true, false, false, null);
            channel.queueBind("q", "later", "k");
            channel.basicConsume(
                    "q",
                    true,
                    new DefaultConsumer(channel) {
                        @Override
                        public void handleDelivery(
                                String tag,
                                Envelope envelope,
                                BasicProperties properties,
                                byte[] body) {
                            long late = System.nanoTime() - ByteBuffer.wrap(body).getLong();
                            earlyNanos[0] = Math.max(earlyNanos[0], -late);
                            lateNanos.recordValue(Math.max(0, late));
                        }
                    });
            publish(scene, WARM_UP);
            AmqpScene.await("the first", () -> lateNanos.getTotalCount() == WARM_UP.messages);
            lateNanos.reset();
            publish(scene, new Round(messages, leadSeconds, withinSeconds));
            double cpu = scene.cpuSeconds();
            scene.memory("with all waiting");
            AmqpScene.await("messages", () -> lateNanos.getTotalCount() == messages);
            line("%.1f broker CPU seconds since", scene.cpuSeconds() - cpu);
        }
        line(
                "%,d messages, late by p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms, most %.1f ms; early"
                        + " by %.1f ms at most",
                messages,
                lateNanos.getValueAtPercentile(50) / 1e6,
                lateNanos.getValueAtPercentile(99) / 1e6,
                lateNanos.getValueAtPercentile(99.9) / 1e6,
                lateNanos.getMaxValue() / 1e6,
                earlyNanos[0] / 1e6);
        return earlyNanos[0] > EARLY_NANOS ? 1 : 0;
    }

    /// A delay counts from when the broker has taken the message: it must not wait on its way.
    private static void keepPace(long nanos) {
        long early = nanos - System.nanoTime();
        if (early > 1_000_000) {
            LockSupport.parkNanos(early);
        }
    }

    /// @param leadSeconds from its beginning until the first is due
    /// @param withinSeconds from the first to the last
    private record Round(int messages, int leadSeconds, int withinSeconds) {}

    private static void publish(AmqpScene scene, Round round) throws Exception {
        SplittableRandom random = new SplittableRandom(1);
        long begun = System.nanoTime();
        long leadNanos = TimeUnit.SECONDS.toNanos(round.leadSeconds);
        long firstNanos = begun + leadNanos;
        try (AmqpSender sender = new AmqpSender(scene.ownChannel(), "later", "k")) {
            for (int i = 0; i < round.messages; i++) {
                long dueNanos =
                        firstNanos + random.nextLong(TimeUnit.SECONDS.toNanos(round.withinSeconds));
                keepPace(begun + leadNanos * PACE_PERCENT / 100 * i / round.messages);
                long now = System.nanoTime();
                // In whole milliseconds: what is due is what the broker is told.
                long delayMs = (dueNanos - now) / 1_000_000;
                byte[] body = new byte[64];
                ByteBuffer.wrap(body).putLong(now + delayMs * 1_000_000);
                BasicProperties with =
                        new BasicProperties.Builder()
                                .deliveryMode(2)
                                .headers(Map.of("x-delay", delayMs))
                                .build();
                sender.sendInTurn("k", with, body);
            }
            sender.awaitConfirms(PATIENCE);
        }
        line("%,d published in %.1f s", round.messages, (System.nanoTime() - begun) / 1e9);
        if (System.nanoTime() - firstNanos > 0) {
            throw new IllegalStateException("the first was due before all were published: --lead");
        }
    }
}
