package io.polylog.bench;

import static io.polylog.bench.AmqpScene.line;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./polylog bench priority`: fills queues with messages at one level of priority and at many, and
/// drains them, in turn. Exit code 0 when each came in the order of its priority.
@Command(
        name = "priority",
        description = "Drains queues of one level of priority, and of many.",
        sortOptions = false)
final class PriorityBench implements Callable<Integer> {
    private static final int PREFETCH = 1_000;
    private static final int ACK_EVERY = 100;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Option(
            names = "--levels",
            split = ",",
            defaultValue = "1,32,256",
            description = "Levels of each queue (${DEFAULT-VALUE}).")
    private List<Integer> levels = List.of();

    @Option(
            names = "--messages",
            defaultValue = "1000000",
            description = "How many each queue gets (${DEFAULT-VALUE}).")
    private int messages;

    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "How often each is filled and drained (${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--size",
            defaultValue = "100",
            description = "Bytes of a message (${DEFAULT-VALUE}).")
    private int size;

    @Mixin
    @SuppressWarnings("UnusedVariable") // read by the parser
    private HelpOption help = new HelpOption();

    private long outOfOrder;

    /// @param rate messages a second
    /// @param cpu seconds of the broker for a million
    private record Drained(double rate, double cpu) {}

    @Override
    public Integer call() throws Exception {
        try (AmqpScene scene = new AmqpScene("polylog-priority")) {
            for (int count : levels) {
                declare(scene, count);
                drain(scene, count, Math.max(1, messages / 10)); // warms up
            }
            Drained[][] all = new Drained[levels.size()][rounds];
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < levels.size(); i++) {
                    all[i][round] = drain(scene, levels.get(i), messages);
                }
            }
            for (int i = 0; i < levels.size(); i++) {
                line(
                        "%3d levels: %,.0f/s, %.2f CPU s per million; medians of %s",
                        levels.get(i),
                        median(all[i], Drained::rate),
                        median(all[i], Drained::cpu),
                        Arrays.stream(all[i])
                                .map(one -> String.format(Locale.ROOT, "%.2f", one.cpu))
                                .toList());
            }
            scene.memory("at the end");
            line("%,d out of order", outOfOrder);
            return outOfOrder == 0 ? 0 : 1;
        }
    }

    private static double median(Drained[] rounds, ToDoubleFunction<Drained> figure) {
        double[] sorted = Arrays.stream(rounds).mapToDouble(figure).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private static String queue(int levels) {
        return "q" + levels;
    }

    private static void declare(AmqpScene scene, int levels) throws IOException {
        Map<String, Object> arguments =
                levels == 1 ? Map.of() : Map.of("x-max-priority", levels - 1);
        scene.channel().queueDeclare(queue(levels), true, false, false, arguments);
    }

    private Drained drain(AmqpScene scene, int levels, int count) throws Exception {
        BasicProperties[] properties = new BasicProperties[levels];
        Arrays.setAll(
                properties,
                level -> MessageProperties.PERSISTENT_BASIC.builder().priority(level).build());
        byte[] message = new byte[size];
        try (AmqpSender sender = new AmqpSender(scene.channel(), "", queue(levels))) {
            for (int i = 0; i < count; i++) {
                // Scattered, and the same each time.
                int level = (int) (((i * 2_654_435_761L) >>> 8) % levels);
                sender.sendInTurn(queue(levels), properties[level], message);
            }
            sender.awaitConfirms(PATIENCE);
        }
        Channel channel = scene.channel();
        channel.basicQos(PREFETCH);
        Falling consumer = new Falling(channel);
        double cpu = scene.cpuSeconds();
        long begun = System.nanoTime();
        channel.basicConsume(queue(levels), false, consumer);
        AmqpScene.await("messages", () -> consumer.count.get() >= count);
        double seconds = (System.nanoTime() - begun) / 1e9;
        double used = scene.cpuSeconds() - cpu;
        channel.basicAck(0, true);
        channel.close();
        outOfOrder += consumer.rises.get();
        return new Drained(count / seconds, used * 1e6 / count);
    }

    /// Expects priorities that never rise.
    private static final class Falling extends DefaultConsumer {
        private final AtomicLong count = new AtomicLong();
        private int last = Integer.MAX_VALUE;
        private final AtomicLong rises = new AtomicLong();

        Falling(Channel channel) {
            super(channel);
        }

        @Override
        public void handleDelivery(
                String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
            if (properties.getPriority() > last) {
                rises.incrementAndGet();
            }
            last = properties.getPriority();
            if (count.incrementAndGet() % ACK_EVERY == 0) {
                getChannel().basicAck(envelope.getDeliveryTag(), true);
            }
        }
    }
}
