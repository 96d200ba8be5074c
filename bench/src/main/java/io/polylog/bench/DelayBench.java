package io.polylog.bench;

import static io.polylog.bench.AmqpScene.line;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `./polylog bench delay`: messages through an x-delayed-message exchange that become due at
/// random times within a span, and how late they come; among them, if wanted, many more that stay
/// pending, and a kill while all wait. Exit code 0 when each came once and none came early.
@Command(
        name = "delay",
        description = "Publishes delayed messages and measures how late they come.",
        sortOptions = false)
final class DelayBench implements Callable<Integer> {
    private static final String EXCHANGE = "later";
    private static final String QUEUE = "q";
    private static final String KEY = "k";
    private static final long EARLY_NANOS = 2_000_000;
    private static final int WARM_UP = 100_000;

    /// How many of those that stay pending are looked for.
    private static final int LOOKS = 500;

    @Option(
            names = "--messages",
            defaultValue = "1000000",
            description = "How many become due (${DEFAULT-VALUE}).")
    private int messages;

    @Option(
            names = "--pending",
            defaultValue = "0",
            description = "How many more, between them, that stay pending (${DEFAULT-VALUE}).")
    private int pending;

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

    @Option(names = "--kill", description = "Kills and starts the broker when all wait.")
    private boolean kill;

    @Mixin
    @SuppressWarnings("UnusedVariable") // read by the parser
    private HelpOption help = new HelpOption();

    private final List<DelayRound> rounds = new CopyOnWriteArrayList<>();

    @Override
    public Integer call() throws Exception {
        DelayRound round;
        boolean seen;
        try (AmqpScene scene = new AmqpScene("polylog-delay")) {
            declare(scene);
            consume(scene);
            warmUp(scene);
            scene.memory("with nothing waiting");
            round = begin(messages, pending, leadSeconds, withinSeconds);
            round.publish(scene, EXCHANGE, KEY);
            scene.memory("with all waiting");
            if (kill) {
                scene.restart();
                line("of that for the state: %s", scene.lastStart());
                line(
                        "checkpoint of %,d MiB",
                        AmqpScene.bytesOf(scene.broker.data(), ".cells") >> 20);
                scene.memory("after the start");
                consume(scene);
                warmUp(scene);
            }
            seen = look(scene, round);
            double cpu = scene.cpuSeconds();
            AmqpScene.await("messages", round.patience(), round::complete);
            line("%.1f broker CPU seconds since", scene.cpuSeconds() - cpu);
            scene.memory("after those that were due");
        }
        round.report();
        return seen && round.exact() && round.earlyNanos() <= EARLY_NANOS ? 0 : 1;
    }

    private static void declare(AmqpScene scene) throws IOException {
        Channel channel = scene.channel();
        Map<String, Object> type = Map.of("x-delayed-type", "direct");
        channel.exchangeDeclare(EXCHANGE, "x-delayed-message", true, false, type);
        channel.queueDeclare(QUEUE, true, false, false, null);
        channel.queueBind(QUEUE, EXCHANGE, KEY);
    }

    private void consume(AmqpScene scene) throws IOException {
        Channel channel = scene.channel();
        channel.basicConsume(
                QUEUE,
                true,
                new DefaultConsumer(channel) {
                    @Override
                    public void handleDelivery(
                            String tag,
                            Envelope envelope,
                            BasicProperties properties,
                            byte[] body) {
                        rounds.get(DelayRound.of(body)).arrived(body);
                    }
                });
    }

    private DelayRound begin(int due, int more, int lead, int within) {
        DelayRound round = new DelayRound(rounds.size(), due, more, lead, within);
        rounds.add(round);
        return round;
    }

    /// Looks for some that are pending, as an operator does.
    ///
    /// @return whether each was where it must be
    private static boolean look(AmqpScene scene, DelayRound round) throws Exception {
        SplittableRandom random = new SplittableRandom(1);
        int wrong = 0;
        int looked = 0;
        long begun = System.nanoTime();
        for (int i = 0; i < LOOKS; i++) {
            int place = random.nextInt(round.all());
            if (round.which(place) < 0) {
                looked++;
                JsonNode there = scene.peek(QUEUE, WARM_UP + place);
                byte[] body = Base64.getDecoder().decode(there.path("bodyBase64").asString());
                boolean right =
                        there.path("state").asString().equals("delayed")
                                && DelayRound.of(body) == 1
                                && DelayRound.which(body) == round.which(place);
                wrong += right ? 0 : 1;
            }
        }
        line(
                "%,d pending ones looked for, %.1f ms each, %,d not there",
                looked, (System.nanoTime() - begun) / 1e6 / Math.max(1, looked), wrong);
        return wrong == 0;
    }

    /// So that the broker does nothing for the first time.
    private void warmUp(AmqpScene scene) throws Exception {
        DelayRound round = begin(WARM_UP, 0, 10, 5);
        round.publish(scene, EXCHANGE, KEY);
        AmqpScene.await("the first", round.patience(), round::complete);
    }
}
