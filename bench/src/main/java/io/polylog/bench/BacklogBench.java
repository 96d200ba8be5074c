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
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./polylog bench backlog`: publishes to and drains an AMQP queue that holds little, then one
/// that holds millions, and kills the broker between. Exit code 0 when nothing is missing.
@Command(
        name = "backlog",
        description = "Publishes to and drains a queue that is empty, then one that is long.",
        sortOptions = false)
final class BacklogBench implements Callable<Integer> {
    private static final int PREFETCH = 1_000;
    private static final int ACK_EVERY = 100;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Option(
            names = "--messages",
            defaultValue = "10000000",
            description = "How long the queue gets (${DEFAULT-VALUE}).")
    private int messages;

    @Option(
            names = "--portion",
            defaultValue = "500000",
            description = "Messages over which rates are measured (${DEFAULT-VALUE}).")
    private int portion;

    @Option(
            names = "--size",
            defaultValue = "1024",
            description = "Bytes of a message (${DEFAULT-VALUE}).")
    private int size;

    @Mixin
    @SuppressWarnings("UnusedVariable") // read by the parser
    private HelpOption help = new HelpOption();

    @Override
    public Integer call() throws Exception {
        try (AmqpScene scene = new AmqpScene("polylog-backlog")) {
            Channel channel = scene.channel();
            channel.queueDeclare("warm", true, false, false, null);
            channel.queueDeclare("q", true, false, false, null);
            publish(scene, "warm", portion);
            int _ = drain(scene, "warm", portion, portion);

            line("empty queue: publish %,.0f/s", publish(scene, "q", portion));
            line("  short queue: drain %,d/s", drain(scene, "q", portion, portion));
            scene.memory("empty");

            publish(scene, "q", messages - portion);
            line("%,d waiting: publish %,.0f/s", messages, publish(scene, "q", portion));
            scene.memory("with the backlog");
            scene.restart();
            scene.memory("after the start");
            long there = scene.channel().messageCount("q");
            line("  long queue: drain %,d/s", drain(scene, "q", portion, messages));
            line("%,d messages after the kill of %,d confirmed", there, messages);
            return there == messages ? 0 : 1;
        }
    }

    private double publish(AmqpScene scene, String queue, int count) throws Exception {
        byte[] message = new byte[size];
        try (AmqpSender sender = new AmqpSender(scene.channel(), "", queue)) {
            long begun = System.nanoTime();
            for (int i = 0; i < count; i++) {
                sender.sendInTurn(queue, MessageProperties.PERSISTENT_BASIC, message);
            }
            sender.awaitConfirms(PATIENCE);
            return count * 1e9 / (System.nanoTime() - begun);
        }
    }

    /// Consumes some messages of a queue that holds `all`.
    private static int drain(AmqpScene scene, String queue, int count, int all) throws Exception {
        AtomicLong taken = new AtomicLong();
        Channel channel = scene.channel();
        channel.basicQos(PREFETCH);
        long begun = System.nanoTime();
        channel.basicConsume(queue, false, new Counting(channel, taken, count));
        AmqpScene.await("messages", () -> taken.get() >= count);
        int rate = (int) (count * 1e9 / (System.nanoTime() - begun));
        if (count == all) {
            AmqpScene.await("the acknowledgements", () -> isEmpty(channel, queue));
        }
        channel.close();
        return rate;
    }

    private static boolean isEmpty(Channel channel, String queue) {
        try {
            return channel.messageCount(queue) == 0;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class Counting extends DefaultConsumer {
        private final AtomicLong taken;
        private final int wanted;

        Counting(Channel channel, AtomicLong taken, int wanted) {
            super(channel);
            this.taken = taken;
            this.wanted = wanted;
        }

        @Override
        public void handleDelivery(
                String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
            long count = taken.incrementAndGet();
            // What comes behind is there again when the channel is closed.
            if (count <= wanted && count % ACK_EVERY == 0) {
                getChannel().basicAck(envelope.getDeliveryTag(), true);
            }
        }
    }
}
