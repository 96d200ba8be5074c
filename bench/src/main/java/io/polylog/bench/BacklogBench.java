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

/// `./polylog bench backlog`: publishes in turn to an AMQP queue that is empty and to one that
/// holds millions, kills the broker, and drains both in turn. Exit code 0 when nothing is missing.
@Command(
        name = "backlog",
        description = "Publishes to and drains a queue that is empty and one that is long.",
        sortOptions = false)
final class BacklogBench implements Callable<Integer> {
    private static final String SHORT = "short";
    private static final String LONG = "long";
    private static final int ROUNDS = 4;
    private static final int PREFETCH = 1_000;
    private static final int ACK_EVERY = 100;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Option(
            names = "--messages",
            defaultValue = "10000000",
            description = "How long the queue is (${DEFAULT-VALUE}).")
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
            channel.queueDeclare(SHORT, true, false, false, null);
            channel.queueDeclare(LONG, true, false, false, null);
            double _ = publish(scene, SHORT, portion);
            int _ = drain(scene, SHORT, portion, portion);
            line("first, all empty: publish %,.0f/s", publish(scene, SHORT, portion));
            line("                  drain %,d/s", drain(scene, SHORT, portion, portion));
            scene.memory("empty");

            publish(scene, LONG, messages);
            scene.memory("with the backlog");
            publishInTurn(scene);
            scene.restart();
            scene.memory("after the start");
            int all = messages + ROUNDS * portion;
            long there = scene.channel().messageCount(LONG);
            line("%,d messages after the kill of %,d confirmed", there, all);
            drainInTurn(scene);
            scene.memory("after draining some");
            return there == all ? 0 : 1;
        }
    }

    /// Publishes to the queue that is empty and to the one that is long, one after the other: the
    /// machine is not always as fast.
    private void publishInTurn(AmqpScene scene) throws Exception {
        for (int round = 1; round <= ROUNDS; round++) {
            double empty = publish(scene, SHORT, portion);
            scene.channel().queuePurge(SHORT);
            double filled = publish(scene, LONG, portion);
            line(
                    "publish to the empty queue %,.0f/s, to the long one %,.0f/s: %.0f %%",
                    empty, filled, 100 * filled / empty);
        }
    }

    /// Drains in turn; the first round warms the broker up.
    private void drainInTurn(AmqpScene scene) throws Exception {
        for (int round = 0; round <= ROUNDS; round++) {
            publish(scene, SHORT, portion);
            int brief = drain(scene, SHORT, portion, portion);
            int filled = drain(scene, LONG, portion, messages);
            line(
                    "%sdrain the short queue %,d/s, the long one %,d/s: %.0f %%",
                    round == 0 ? "cold: " : "", brief, filled, 100.0 * filled / brief);
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
