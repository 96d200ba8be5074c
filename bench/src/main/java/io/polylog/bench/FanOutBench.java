package io.polylog.bench;

import static io.polylog.bench.AmqpScene.line;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.LongAdder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./polylog bench fanout`: one publisher, one fanout exchange, many queues with a consumer each.
/// Exit code 0 when every queue got every message.
@Command(
        name = "fanout",
        description = "Publishes to many queues at once and measures deliveries per CPU second.",
        sortOptions = false)
final class FanOutBench implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Option(
            names = "--queues",
            defaultValue = "1000",
            description = "How many are bound (${DEFAULT-VALUE}).")
    private int queues;

    @Option(
            names = "--messages",
            defaultValue = "5000",
            description = "How many are published (${DEFAULT-VALUE}).")
    private int messages;

    @Option(
            names = "--connections",
            defaultValue = "8",
            description = "Connections that the consumers share (${DEFAULT-VALUE}).")
    private int connections;

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
        LongAdder delivered = new LongAdder();
        try (AmqpScene scene = new AmqpScene("polylog-fanout")) {
            Channel channel = scene.channel();
            channel.exchangeDeclare("all", "fanout", true);
            scene.share(connections, (own, first) -> consume(own, first, delivered));
            try (AmqpSender sender = new AmqpSender(channel, "all", "")) {
                round(sender, delivered, Math.max(1, messages / 5));
                double cpu = scene.cpuSeconds();
                long begun = System.nanoTime();
                round(sender, delivered, messages);
                double seconds = (System.nanoTime() - begun) / 1e9;
                double used = scene.cpuSeconds() - cpu;
                double all = (double) messages * queues;
                line("%,.0f deliveries/s, %,.0f per broker CPU second", all / seconds, all / used);
            }
            scene.memory("at the end");
            return 0;
        }
    }

    private void consume(Channel channel, int first, LongAdder delivered) throws IOException {
        DefaultConsumer consumer =
                new DefaultConsumer(channel) {
                    @Override
                    public void handleDelivery(
                            String tag,
                            Envelope envelope,
                            AMQP.BasicProperties properties,
                            byte[] body) {
                        delivered.increment();
                    }
                };
        for (int i = first; i < queues; i += connections) {
            channel.queueDeclare("q" + i, true, false, false, null);
            channel.queueBind("q" + i, "all", "");
            channel.basicConsume("q" + i, true, consumer);
        }
    }

    private void round(AmqpSender sender, LongAdder delivered, int count) throws Exception {
        byte[] message = new byte[size];
        long wanted = delivered.sum() + (long) count * queues;
        for (int i = 0; i < count; i++) {
            sender.sendInTurn("", MessageProperties.PERSISTENT_BASIC, message);
        }
        sender.awaitConfirms(PATIENCE);
        AmqpScene.await("deliveries", () -> delivered.sum() >= wanted);
    }
}
