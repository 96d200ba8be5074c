package io.polylog.bench;

import static io.polylog.bench.AmqpScene.line;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.MessageProperties;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./polylog bench queues`: many durable queues: declares them, publishes a message to each,
/// restarts, takes them all. Exit code 0 when each had its message.
@Command(
        name = "queues",
        description = "Declares many queues, publishes a message to each and takes it.",
        sortOptions = false)
final class QueuesBench implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Option(
            names = "--count",
            defaultValue = "100000",
            description = "How many queues (${DEFAULT-VALUE}).")
    private int count;

    @Option(
            names = "--clients",
            defaultValue = "16",
            description = "Channels that declare and take at the same time (${DEFAULT-VALUE}).")
    private int clients;

    @Option(
            names = "--size",
            defaultValue = "1024",
            description = "Bytes of a message (${DEFAULT-VALUE}).")
    private int size;

    @Mixin
    @SuppressWarnings("UnusedVariable") // read by the parser
    private HelpOption help = new HelpOption();

    /// Does something with each queue of a share.
    private interface Step {
        void run(Channel channel, String queue) throws Exception;
    }

    @Override
    public Integer call() throws Exception {
        try (AmqpScene scene = new AmqpScene("polylog-queues")) {
            long before = scene.broker.residentBytes();
            double declared =
                    each(
                            scene,
                            (channel, queue) ->
                                    channel.queueDeclare(queue, true, false, false, null));
            line("declared in %.1f s", declared);
            double published = publish(scene);
            line("published in %.1f s", published);
            double taken = each(scene, QueuesBench::take);
            line("taken in %.1f s", taken);
            line("%,d queues, all of it: %.1f s", count, declared + published + taken);
            scene.memory("at the end");
            scene.restart();
            long after = scene.broker.residentBytes();
            line("%,d bytes of resident memory a queue after the start", (after - before) / count);
            return 0;
        }
    }

    private static void take(Channel channel, String queue) throws Exception {
        if (channel.basicGet(queue, true) == null) {
            throw new IllegalStateException(queue + " is empty");
        }
    }

    private double publish(AmqpScene scene) throws Exception {
        byte[] message = new byte[size];
        long begun = System.nanoTime();
        try (AmqpSender sender = new AmqpSender(scene.channel(), "", "")) {
            for (int i = 0; i < count; i++) {
                sender.sendInTurn("q" + i, MessageProperties.PERSISTENT_BASIC, message);
            }
            sender.awaitConfirms(PATIENCE);
        }
        return (System.nanoTime() - begun) / 1e9;
    }

    private double each(AmqpScene scene, Step step) throws Exception {
        long begun = System.nanoTime();
        scene.share(
                clients,
                (channel, first) -> {
                    for (int i = first; i < count; i += clients) {
                        step.run(channel, "q" + i);
                    }
                    channel.getConnection().close();
                });
        return (System.nanoTime() - begun) / 1e9;
    }
}
