package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Browse;
import io.polylog.broker.Browse.Seen;
import io.polylog.broker.Browse.State;
import io.polylog.broker.Delivery;
import io.polylog.broker.Destination;
import io.polylog.broker.Operations.Filter;
import io.polylog.broker.Operations.Selection;
import io.polylog.broker.Operations.Tally;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.Trail;
import io.polylog.log.ShardMachine;
import io.polylog.log.sim.Temper;
import io.polylog.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// An operator who looks, sends on, discards and pauses at random, with crashes in the middle of
/// it, meets what simple lists of messages say: each message is in one place, in its order, with
/// its deaths and how often it was sent on. All queues are looked at after each step, which would
/// show if looking changed anything.
///
/// Run one seed again with `-Dpolylog.seed=...`.
final class RedriveModelTest {
    private static final int STEPS = 250;
    private static final int SEEDS = 40;
    private static final int MANY_SEEDS = 4_000;
    private static final String DEAD = "dead";
    private static final List<String> NAMES = List.of(DEAD, "one", "other", "two");
    private static final Set<String> DYING = Set.of("one", "two");

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
                "LOSES_DEAD_LETTERS",
                "DOUBLES_DEAD_LETTERS",
                "FORGETS_RELOCATIONS",
                "FORGETS_PAUSES"
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

    /// A message as the model has it.
    private static final class Item {
        final String text;
        final List<String> deaths = new ArrayList<>();
        long replays;
        int attempt;
        boolean out;

        Item(String text) {
            this.text = text;
        }

        void die(String queue) {
            deaths.remove(queue);
            deaths.addFirst(queue);
            attempt = 0;
            out = false;
        }

        @Override
        public String toString() {
            return text
                    + " died in "
                    + deaths
                    + " sent "
                    + replays
                    + " attempt "
                    + attempt
                    + (out ? " out" : "");
        }
    }

    /// What is meant to go: from where, and each where to; null of what is thrown away.
    private record Order(String queue, List<Item> meant, Map<Item, @Nullable String> targets) {}

    /// One history.
    private static final class Play {
        private final ModelledRig rig;
        private final SplittableRandom random;
        private final Map<String, List<Item>> queues = new LinkedHashMap<>();
        private final Set<String> paused = new HashSet<>();
        private final Map<Item, Delivery> held = new LinkedHashMap<>();
        private Peer peer;
        private final List<String> done = new ArrayList<>();
        private int sent;

        Play(ModelledRig rig, long seed) {
            this.rig = rig;
            random = new SplittableRandom(seed);
            peer = rig.peer();
            for (String name : NAMES) {
                queues.put(name, new ArrayList<>());
                peer.declare(
                        DYING.contains(name)
                                ? Specs.queue(
                                        name, QueuePolicy.NONE.with(new DeadLetters("", DEAD)))
                                : Specs.queue(name));
            }
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                act();
                rig.quiesce();
                compare();
            }
            rig.checkReplay();
        }

        private List<Item> items(String queue) {
            return Objects.requireNonNull(queues.get(queue));
        }

        private void act() {
            String queue = NAMES.get(random.nextInt(NAMES.size()));
            int dice = random.nextInt(100);
            if (dice < 30) {
                publish(queue);
            } else if (dice < 50) {
                take(queue);
            } else if (dice < 68) {
                settle();
            } else if (dice < 86) {
                send(random.nextInt(3) == 0 ? queue : DEAD);
            } else if (dice < 92) {
                pause(queue);
            } else if (dice < 95) {
                rig.checkpoint();
            } else {
                crash();
            }
        }

        private void publish(String queue) {
            for (int i = random.nextInt(3); i >= 0; i--) {
                String text = "m" + sent++;
                done.add("publish " + text + " to " + queue);
                peer.store(queue, text);
                items(queue).add(new Item(text));
            }
        }

        private void take(String queue) {
            Delivery delivery = peer.take(queue).orElse(null);
            if (paused.contains(queue)) {
                assertThat(delivery).as("from %s, which is paused", queue).isNull();
                return;
            }
            // What came back goes first.
            List<Item> ready = items(queue).stream().filter(item -> !item.out).toList();
            if (delivery == null) {
                assertThat(ready).isEmpty();
                return;
            }
            String text = Inbox.text(delivery);
            Item item = ready.stream().filter(i -> i.text.equals(text)).findFirst().orElse(null);
            assertThat(item).as("%s of %s", text, queue).isNotNull();
            done.add("take " + item + " of " + queue);
            Item known = Objects.requireNonNull(item);
            known.out = true;
            held.put(known, delivery);
        }

        private void settle() {
            if (held.isEmpty()) {
                return;
            }
            Item item = List.copyOf(held.keySet()).get(random.nextInt(held.size()));
            Delivery delivery = Objects.requireNonNull(held.remove(item));
            String queue = delivery.topic().name();
            int how = random.nextInt(5);
            done.add("settle " + item + " of " + queue + " as " + how);
            if (how == 0) {
                peer.accept(delivery);
                items(queue).remove(item);
            } else if (how == 1) {
                peer.release(delivery);
                item.out = false;
                item.attempt++;
            } else {
                peer.reject(delivery);
                items(queue).remove(item);
                if (DYING.contains(queue)) {
                    item.die(queue);
                    items(DEAD).add(item);
                }
            }
        }

        private void pause(String queue) {
            boolean pauses = random.nextBoolean();
            done.add((pauses ? "pause " : "resume ") + queue);
            peer.pause(queue, pauses);
            if (pauses) {
                paused.add(queue);
            } else {
                paused.remove(queue);
            }
        }

        // Sending --------------------------------------------------------------------------------

        private void send(String queue) {
            Destination to =
                    random.nextInt(3) > 0
                            ? new Destination.Origin()
                            : Destination.queue(NAMES.get(random.nextInt(NAMES.size())));
            boolean discards = random.nextInt(8) == 0;
            Selection selection = selection(queue);
            Order order = order(queue, selection, discards ? null : to);
            done.add((discards ? "discard " : to + " ") + selection + " " + order.meant);
            if (random.nextInt(8) == 0) {
                Tally dry = rig.await(peer.operations().send(selection, to, 0, true));
                assertThat(dry.count()).isLessThanOrEqualTo(order.meant.size());
                return;
            }
            int perSecond = random.nextInt(3) == 0 ? 10 : 0;
            CompletableFuture<Tally> sending =
                    (discards
                                    ? peer.operations().discard(selection, false)
                                    : peer.operations().send(selection, to, perSecond, false))
                            .toCompletableFuture();
            if (random.nextInt(4) == 0) {
                for (int i = random.nextInt(60); i > 0; i--) {
                    rig.work();
                }
                crash();
                rig.quiesce();
                List<Item> moved = moved(order);
                assertThat(moved).isEqualTo(order.meant.subList(0, moved.size()));
                move(order, moved);
            } else {
                assertThat(rig.await(sending).count()).isEqualTo(order.meant.size());
                move(order, order.meant);
            }
        }

        private Selection selection(String queue) {
            TopicName name = TopicName.of(queue);
            Selection all = Selection.all(name);
            return switch (random.nextInt(5)) {
                case 0 -> {
                    List<Long> offsets =
                            look(queue).stream()
                                    .filter(_ -> random.nextBoolean())
                                    .map(Seen::offset)
                                    .toList();
                    // Without any it would mean all.
                    yield offsets.isEmpty() ? all : Selection.at(name, offsets);
                }
                case 1 -> all.with(new Filter(null, "one", 0, Long.MAX_VALUE, Map.of()));
                case 2 -> all.first(1 + random.nextInt(3));
                default -> all;
            };
        }

        private Order order(String queue, Selection selection, @Nullable Destination to) {
            List<Item> meant = new ArrayList<>();
            Map<Item, @Nullable String> targets = new HashMap<>();
            List<Seen> seen = look(queue);
            for (int i = 0; i < seen.size() && meant.size() < selection.limit(); i++) {
                Item item = items(queue).get(i);
                String from = selection.filter().origin();
                String target = target(item, to);
                boolean chosen =
                        selection.offsets().isEmpty()
                                || selection.offsets().contains(seen.get(i).offset());
                boolean died =
                        from == null
                                || (!item.deaths.isEmpty() && item.deaths.getFirst().equals(from));
                if (chosen && died && !item.out && (to == null || target != null)) {
                    meant.add(item);
                    targets.put(item, target);
                }
            }
            return new Order(queue, meant, targets);
        }

        private static @Nullable String target(Item item, @Nullable Destination to) {
            return switch (to) {
                case null -> null;
                case Destination.Via(String _, String key) -> key;
                case Destination.Origin() -> item.deaths.isEmpty() ? null : item.deaths.getFirst();
            };
        }

        /// Which of those that were meant have gone.
        private List<Item> moved(Order order) {
            Map<String, Seen> still = new HashMap<>();
            look(order.queue).forEach(seen -> still.put(text(seen), seen));
            return order.meant.stream()
                    .filter(item -> {
                        Seen seen = still.get(item.text);
                        return seen == null || replays(seen) > item.replays;
                    })
                    .toList();
        }

        private void move(Order order, List<Item> moved) {
            for (Item item : moved) {
                items(order.queue).remove(item);
                String target = order.targets.get(item);
                if (target != null) {
                    item.replays++;
                    item.attempt = 0;
                    items(target).add(item);
                }
            }
        }

        // Comparing ------------------------------------------------------------------------------

        private List<Seen> look(String queue) {
            Browse page = rig.await(peer.operations().browse(Peer.own(queue), 0, 10_000, 1 << 20));
            assertThat(page.paused()).as("%s is paused", queue).isEqualTo(paused.contains(queue));
            return page.messages();
        }

        private static String text(Seen seen) {
            return StandardCharsets.UTF_8.decode(seen.content().bytes().duplicate()).toString();
        }

        private static long replays(Seen seen) {
            Trail trail = seen.content().envelope().trail();
            return trail == null || trail.replay() == null ? 0 : trail.replay().count();
        }

        private static String told(Seen seen) {
            Item item = new Item(text(seen));
            Trail trail = seen.content().envelope().trail();
            if (trail != null) {
                trail.deaths().forEach(death -> item.deaths.add(death.place().queue()));
            }
            item.replays = replays(seen);
            item.attempt = seen.attempt();
            item.out = seen.state() != State.READY;
            return item.toString();
        }

        private void compare() {
            for (String queue : NAMES) {
                assertThat(look(queue).stream().map(Play::told))
                        .as(queue)
                        .containsExactlyElementsOf(
                                items(queue).stream().map(Item::toString).toList());
            }
        }

        private void crash() {
            for (int i = random.nextInt(40); i > 0; i--) {
                rig.work();
            }
            done.add("crash");
            rig.crash();
            held.keySet().forEach(item -> item.out = false);
            held.clear();
            peer = rig.peer();
        }
    }
}
