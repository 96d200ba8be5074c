package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Browse.Seen;
import io.polylog.broker.Delivery;
import io.polylog.broker.Filter;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.Growth;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.QueuePolicy.Retry;
import io.polylog.broker.Settlement;
import io.polylog.broker.Trail;
import io.polylog.broker.proof.PolicyModel.Item;
import io.polylog.broker.proof.PolicyModel.Rules;
import io.polylog.log.ShardMachine;
import io.polylog.log.sim.Temper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Queues that let messages expire, want some only, hold only so many, give up on some and send
/// them to each other do at random, with crashes in the middle of it, what a simple model does:
/// nothing is lost or doubled on its way to the dead letters, and each letter knows where it died.
///
/// Run one seed again with `-Dpolylog.seed=...`.
final class PolicyModelTest {
    private static final int STEPS = 250;
    private static final int SEEDS = 40;
    private static final int MANY_SEEDS = 4_000;
    private static final long CLOSE_MS = 2_000;
    private static final long MANY_MS = 1_000_000;

    private static final Map<String, Rules> QUEUES =
            Map.of(
                    "dead", new Rules(-1, -1, -1, false, -1, 0, true, null),
                    "work", new Rules(90_000, 5, -1, false, 2, 20_000, false, "dead"),
                    "brief", new Rules(-1, -1, -1, false, -1, 0, true, "work"),
                    "small", new Rules(-1, -1, 10, false, -1, 0, false, "dead"),
                    "firm", new Rules(-1, 3, -1, true, 0, 0, true, "brief"));

    @ParameterizedTest
    @MethodSource("seeds")
    void onOneShard(long seed) {
        run(seed, 1, UnaryOperator.identity());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void onThreeShards(long seed) {
        run(seed, 3, UnaryOperator.identity());
    }

    @Tag("nightly")
    @ParameterizedTest
    @MethodSource("manySeeds")
    void forLong(long seed) {
        run(seed, seed % 2 == 0 ? 1 : 3, UnaryOperator.identity());
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "LOSES_A_MESSAGE",
                "LOSES_A_SETTLEMENT",
                "LOSES_WHAT_IS_WANTED",
                "DROPS_THE_RELEASED",
                "FORGETS_ERRORS",
                "SHOWS_TOO_SOON",
                "FORGETS_WHAT_WAS_DUE",
                "LOSES_DEAD_LETTERS",
                "DOUBLES_DEAD_LETTERS"
            })
    void aPlantedBugIsFound(PlantedBug.Kind kind) {
        boolean found = LongStream.rangeClosed(1, 10).anyMatch(seed -> fails(seed, kind.plant()));
        assertThat(found).isTrue();
    }

    private static boolean fails(long seed, UnaryOperator<ShardMachine> sabotage) {
        try {
            run(seed, 1, sabotage);
            return false;
        } catch (AssertionError | RuntimeException e) {
            return true;
        }
    }

    static LongStream seeds() {
        return drawn(SEEDS);
    }

    static LongStream manySeeds() {
        return drawn(MANY_SEEDS);
    }

    private static LongStream drawn(int count) {
        Long only = Long.getLong("polylog.seed");
        return only == null
                ? LongStream.rangeClosed(1, Long.getLong("polylog.seeds", count))
                : LongStream.of(only);
    }

    private static void run(long seed, int shards, UnaryOperator<ShardMachine> sabotage) {
        try (ModelledRig rig = new ModelledRig(seed, shards, Temper.LOCAL, sabotage)) {
            Play play = new Play(rig, seed);
            try {
                play.run();
            } catch (AssertionError e) {
                throw new AssertionError(
                        "-Dpolylog.seed=%d fails: %s after %s"
                                .formatted(seed, e.getMessage(), play.done),
                        e);
            }
        }
    }

    /// One history.
    private static final class Play {
        private final ModelledRig rig;
        private final SplittableRandom random;
        private final PolicyModel model = new PolicyModel();
        private final List<String> names = QUEUES.keySet().stream().sorted().toList();
        private final Map<Item, Delivery> held = new HashMap<>();
        private Peer peer;
        private final List<String> done = new ArrayList<>();
        private int sent;

        Play(ModelledRig rig, long seed) {
            this.rig = rig;
            random = new SplittableRandom(seed);
            peer = rig.peer();
            for (String name : names) {
                Rules how = Objects.requireNonNull(QUEUES.get(name));
                model.queue(name, how);
                peer.declare(Specs.queue(name, policy(how)));
            }
        }

        private static QueuePolicy policy(Rules how) {
            QueuePolicy policy =
                    QueuePolicy.NONE
                            .with(new Expiry(how.messageMs(), -1))
                            .with(new Retry(how.retries(), Growth.LINEAR, how.retryMs(), MANY_MS));
            if (how.maxReady() >= 0 || how.maxBytes() >= 0) {
                Overflow overflow =
                        how.refuses() ? Overflow.REFUSE_TO_DEAD_LETTERS : Overflow.DROP_OLDEST;
                policy = policy.with(new Limits(how.maxReady(), how.maxBytes(), overflow));
            }
            if (!how.wantsAll()) {
                policy = policy.with(policy.service().with(Filter.sql("j IS NULL")));
            }
            return how.dead() == null ? policy : policy.with(new DeadLetters("", how.dead()));
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                model.step = step;
                act();
                settleDown();
            }
            rig.passMs(100_000);
            settleDown();
            for (String name : names) {
                while (!model.ready(name).isEmpty()) {
                    model.step++;
                    take(name);
                    settleDown();
                }
            }
            rig.checkReplay();
        }

        private void act() {
            String queue = names.get(random.nextInt(names.size()));
            int dice = random.nextInt(100);
            if (dice < 40) {
                publish(queue);
            } else if (dice < 60) {
                take(queue);
            } else if (dice < 82) {
                settle();
            } else if (dice < 92) {
                int seconds = 1 + random.nextInt(40);
                done.add("pass " + seconds);
                rig.passMs(1_000L * seconds);
            } else if (dice < 94) {
                rig.checkpoint();
            } else if (dice < 96) {
                browse(queue);
            } else {
                model.settleDown(rig.clock.wallMs());
                crash();
            }
        }

        private void publish(String queue) {
            String text = "m" + sent++ + (random.nextInt(4) == 0 ? PolicyModel.JUNK : "");
            long timeToLiveMs = random.nextInt(3) == 0 ? 10_000L * (1 + random.nextInt(5)) : -1;
            // Of a queue of so many bytes it would matter in which order what is due is seen.
            boolean delays = !queue.equals("small") && random.nextInt(3) == 0;
            long delayMs = delays ? 10_000L * (1 + random.nextInt(5)) : 0;
            Envelope envelope = new Envelope(0, timeToLiveMs, -1, null).delayed(delayMs);
            Content content = new Content(Peer.TEXT, envelope, Peer.content(text).bytes());
            Outcome outcome =
                    rig.await(peer.send(List.of(new Publication(Peer.to(queue), content))))
                            .getFirst();
            done.add(
                    "publish " + text + " to " + queue + " in " + delayMs + " for " + timeToLiveMs);
            boolean taken = model.publish(queue, text, rig.clock.wallMs(), delayMs, timeToLiveMs);
            assertThat(outcome).isEqualTo(taken ? Outcome.STORED : Outcome.REJECTED);
            if (random.nextInt(20) == 0) {
                crash();
            }
        }

        private void take(String queue) {
            Optional<Delivery> got = peer.take(queue);
            long nowMs = rig.clock.wallMs();
            if (got.isEmpty()) {
                assertThat(model.ready(queue)).as(queue).isEmpty();
                return;
            }
            Delivery delivery = got.get();
            Item item =
                    model.ready(queue).stream()
                            .filter(each -> each.text.equals(Inbox.text(delivery)))
                            .findFirst()
                            .orElse(null);
            assertThat(item).as("%s of %s", Inbox.text(delivery), queue).isNotNull();
            Item known = Objects.requireNonNull(item);
            done.add("take " + known + " of " + queue);
            assertThat(model.mayTake(queue, known, nowMs))
                    .as("%s is next of %s in %s", known, model.ready(queue), queue)
                    .isTrue();
            assertThat(delivery.attempt()).as("attempt of %s", known).isEqualTo(known.attempt);
            assertThat(deaths(delivery)).as("deaths of %s", known).isEqualTo(known.deaths);
            known.out = true;
            held.put(known, delivery);
            // What lies before it has expired and left.
            model.settleDown(nowMs);
        }

        private static List<String> deaths(Delivery delivery) {
            Trail trail = delivery.content().envelope().trail();
            return trail == null
                    ? List.of()
                    : trail.deaths().stream()
                            .map(death -> death.place().queue() + " " + death.error())
                            .toList();
        }

        private void browse(String queue) {
            Map<String, String> errors = new TreeMap<>();
            for (Seen seen :
                    rig.await(peer.operations().browse(Peer.own(queue), 0, 1_000, 1 << 20))
                            .messages()) {
                errors.put(Inbox.text(seen.content().bytes()), seen.error());
            }
            Map<String, String> expected = new TreeMap<>();
            model.all(queue).forEach(item -> expected.put(item.text, item.error));
            assertThat(errors).as("errors of %s", queue).isEqualTo(expected);
        }

        private void settle() {
            List<Item> out =
                    held.keySet().stream().sorted((a, b) -> a.text.compareTo(b.text)).toList();
            if (out.isEmpty()) {
                return;
            }
            Item item = out.get(random.nextInt(out.size()));
            Delivery delivery = Objects.requireNonNull(held.remove(item));
            String queue = delivery.topic().name();
            long nowMs = rig.clock.wallMs();
            int how = random.nextInt(3);
            String error = random.nextBoolean() ? "" : "error " + model.step;
            done.add("settle " + item + " of " + queue + " as " + how);
            switch (how) {
                case 0 -> {
                    peer.accept(delivery);
                    model.settle(queue, item);
                }
                case 1 -> {
                    peer.settle(Settlement.REJECT.because(error), delivery);
                    model.reject(queue, item, error, nowMs);
                }
                default -> {
                    peer.settle(Settlement.RELEASE.because(error), delivery);
                    model.release(queue, item, error, nowMs);
                }
            }
            if (random.nextInt(8) == 0) {
                crash();
            }
        }

        /// Dies in the middle of what happens by itself.
        private void crash() {
            for (int i = random.nextInt(40); i > 0; i--) {
                rig.work();
            }
            done.add("crash");
            rig.crash();
            model.crash();
            held.clear();
            peer = rig.peer();
        }

        private void settleDown() {
            rig.quiesce();
            while (model.isClose(rig.clock.wallMs(), CLOSE_MS)) {
                rig.passMs(CLOSE_MS / 2);
            }
            rig.quiesce();
            model.settleDown(rig.clock.wallMs());
            for (String name : names) {
                assertThat(peer.stats(name).ready())
                        .as("%s holds %s", name, model.all(name))
                        .isEqualTo(model.ready(name).size());
            }
        }
    }
}
