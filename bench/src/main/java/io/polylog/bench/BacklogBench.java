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
///
/// A round takes several turns of each queue, because the rate of one turn tells little: client and
/// broker share a few cores, and their threads fall in and out of step. Which queue begins changes
/// from turn to turn, so that what one leaves to be done in the background (segments freed by a
/// purge) meets both. `--messages 0` compares two queues that are both empty: what differs then is
/// the machine.
@Command(
        name = "backlog",
        description = "Publishes to and drains a queue that is empty and one that is long.",
        sortOptions = false)
final class BacklogBench implements Callable<Integer> {
    private static final String SHORT = "short";
    private static final String LONG = "long";
    private static final int ROUNDS = 4;
    private static final int TURNS = 4;
    private static final int PREFETCH = 1_000;
    private static final int ACK_EVERY = 100;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Option(
            names = "--messages",
            defaultValue = "10000000",
            description = "How long the queue is (${DEFAULT-VALUE}); 0 publishes only.")
    private int messages;

    @Option(
            names = "--portion",
            defaultValue = "500000",
            description = "Messages of one turn (${DEFAULT-VALUE}).")
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
            long _ = publish(scene, SHORT, portion);
            long _ = drain(scene, SHORT);
            line("first, all empty: publish %,d/s", rate(publish(scene, SHORT, portion)));
            line("                  drain %,d/s", rate(drain(scene, SHORT)));
            scene.memory("empty");

            long _ = publish(scene, LONG, messages);
            scene.memory("with the backlog");
            publishInTurn(scene);
            if (messages == 0) {
                return 0;
            }
            scene.restart();
            scene.memory("after the start");
            int all = messages + ROUNDS * TURNS * portion;
            long there = scene.channel().messageCount(LONG);
            line("%,d messages after the kill of %,d confirmed", there, all);
            drainInTurn(scene);
            scene.memory("after draining some");
            return there == all ? 0 : 1;
        }
    }

    private void publishInTurn(AmqpScene scene) throws Exception {
        for (int round = 1; round <= ROUNDS; round++) {
            compare(
                    "publish to",
                    () -> 0,
                    () -> publishAndPurge(scene, SHORT),
                    () -> publishMore(scene));
        }
    }

    private long publishAndPurge(AmqpScene scene, String queue) throws Exception {
        long nanos = publish(scene, queue, portion);
        scene.channel().queuePurge(queue);
        return nanos;
    }

    private long publishMore(AmqpScene scene) throws Exception {
        return messages == 0 ? publishAndPurge(scene, LONG) : publish(scene, LONG, portion);
    }

    /// The first round warms the broker up. Both queues are read from disk: what is published last,
    /// and would still be in memory, goes to the end of the long one.
    private void drainInTurn(AmqpScene scene) throws Exception {
        for (int round = 0; round <= ROUNDS; round++) {
            compare(
                    round == 0 ? "cold: drain" : "drain",
                    () -> publish(scene, SHORT, portion) + publish(scene, LONG, portion),
                    () -> drain(scene, SHORT),
                    () -> drain(scene, LONG));
        }
    }

    /// Prints the rates of one round.
    ///
    /// @param before done before each pair of turns, not measured
    private void compare(String what, Turn before, Turn empty, Turn filled) throws Exception {
        long emptyNanos = 0;
        long filledNanos = 0;
        for (int turn = 0; turn < TURNS; turn++) {
            long _ = before.nanos();
            boolean emptyFirst = turn % 2 == 0;
            if (emptyFirst) {
                emptyNanos += empty.nanos();
            }
            filledNanos += filled.nanos();
            if (!emptyFirst) {
                emptyNanos += empty.nanos();
            }
        }
        line(
                "%s the short queue %,d/s, the long one %,d/s: %.0f %%",
                what,
                rate(emptyNanos / TURNS),
                rate(filledNanos / TURNS),
                100.0 * emptyNanos / filledNanos);
    }

    /// One queue's turn.
    private interface Turn {
        /// Takes it; gives how long that took.
        long nanos() throws Exception;
    }

    /// Messages a second, if a portion takes so long.
    private long rate(long nanos) {
        return (long) (portion * 1e9 / nanos);
    }

    /// Gives the nanoseconds until the last is confirmed.
    private long publish(AmqpScene scene, String queue, int count) throws Exception {
        byte[] message = new byte[size];
        try (AmqpSender sender = new AmqpSender(scene.channel(), "", queue)) {
            long begun = System.nanoTime();
            for (int i = 0; i < count; i++) {
                sender.sendInTurn(queue, MessageProperties.PERSISTENT_BASIC, message);
            }
            sender.awaitConfirms(PATIENCE);
            return System.nanoTime() - begun;
        }
    }

    /// Consumes a portion; gives the nanoseconds.
    private long drain(AmqpScene scene, String queue) throws Exception {
        AtomicLong taken = new AtomicLong();
        Channel channel = scene.channel();
        channel.basicQos(PREFETCH);
        long begun = System.nanoTime();
        channel.basicConsume(queue, false, new Counting(channel, taken, portion));
        AmqpScene.await("messages", () -> taken.get() >= portion);
        long nanos = System.nanoTime() - begun;
        if (queue.equals(SHORT)) {
            AmqpScene.await("the acknowledgements", () -> isEmpty(channel, queue));
        }
        channel.close();
        return nanos;
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
