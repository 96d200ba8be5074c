package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.Filter;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Keep;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.QueuePolicy.Priorities;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.SharedCredit;
import io.polylog.broker.TopicStats;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Consumers of one queue that take some of its messages only, each by a filter of its own.
interface OwnFilterContract extends BrokerContract {
    Filter RED = Filter.sql("color = 'red'");
    Filter BLUE = Filter.sql("color = 'blue'");
    int MANY = Integer.MAX_VALUE;

    private static ConsumeSpec wants(Filter filter, int credit) {
        return Peer.spec("q", credit).with(filter);
    }

    private static ConsumeSpec wants(Filter filter, int credit, int priority) {
        return new ConsumeSpec(Peer.own("q"), false, false, priority, credit).with(filter);
    }

    private Inbox attach(Peer peer, ConsumeSpec spec) {
        Inbox inbox = new Inbox();
        peer.consume(spec, inbox);
        return inbox;
    }

    private void awaitTexts(Inbox inbox, String... texts) {
        rig().await("what it wants", () -> inbox.size() >= texts.length);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly(texts);
    }

    @Test
    default void eachGetsWhatItWantsAndTheRestStaysInItsOrder() {
        Peer peer = peer();
        peer.queue("q");
        Inbox red = attach(peer, wants(RED, MANY));
        peer.store("q", "a", "b?color=red", "c?color=blue", "d?color=green", "e?color=red");
        Inbox blue = attach(peer, wants(BLUE, MANY));
        awaitTexts(red, "b?color=red", "e?color=red");
        awaitTexts(blue, "c?color=blue");
        peer.store("q", "f?color=blue", "g?color=red");
        awaitTexts(red, "b?color=red", "e?color=red", "g?color=red");
        awaitTexts(blue, "c?color=blue", "f?color=blue");
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(2, 5, 2));
        awaitTexts(peer.consume("q"), "a", "d?color=green");
    }

    @Test
    default void filtersByHeadersAndBySubjectAreConsumersOwnToo() {
        Peer peer = peer();
        peer.queue("q");
        peer.store("q", "orders.eu.new", "x?amount=7", "orders.new", "orders.us.new?amount=7");
        Filter byHeaders = new Filter("", Map.of("amount", 7L), "");
        awaitTexts(
                attach(peer, wants(new Filter("", Map.of(), "orders.*.new"), 1)), "orders.eu.new");
        awaitTexts(attach(peer, wants(byHeaders, MANY)), "x?amount=7", "orders.us.new?amount=7");
    }

    @Test
    default void whatNobodyWantsDoesNotHoldWhatIsBehind() {
        Peer peer = peer();
        peer.queue("q");
        for (int i = 0; i < 40; i++) {
            peer.store("q", "x", "y?color=blue", "x", "z".repeat(20_000));
        }
        peer.store("q", "m0?color=red", "x", "m1?color=red");
        Inbox red = attach(peer, wants(RED, 1));
        for (int i = 0; i < 20; i++) {
            int count = i + 1;
            rig().await("the next", () -> red.size() == count);
            assertThat(red.texts().getLast()).isEqualTo("m" + i + "?color=red");
            peer.store("q", "x", "m" + (i + 2) + "?color=red");
            peer.accept(red.last());
        }
        rig().await("the last but one", () -> red.size() == 21);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(182, 1, 1));
    }

    @Test
    default void whatComesBackIsForWhoWantsIt() {
        Peer peer = peer();
        peer.queue("q");
        peer.store("q", "x", "a?color=red", "y", "b?color=red");
        Inbox first = new Inbox();
        Consumer consumer = peer.consume(wants(RED, 2), first);
        awaitTexts(first, "a?color=red", "b?color=red");
        peer.release(first.deliveries.getFirst());
        rig().await("once more", () -> first.size() == 3);
        assertThat(first.last().redelivered()).isTrue();
        Inbox second = attach(peer, wants(RED, MANY));
        rig().await(consumer.close());
        peer.release(first.last());
        rig().await("the other one has it", () -> second.size() == 1);
        peer.reject(second.last());
        peer.accept(first.deliveries.get(1));
        Inbox rest = attach(peer, wants(Filter.NONE, MANY));
        awaitTexts(rest, "x", "y");
        awaitTexts(second, "a?color=red");
    }

    @Test
    default void whatAnotherHadAndGaveBackIsKnownToBeWanted() {
        Peer peer = peer();
        peer.queue("q");
        Inbox all = new Inbox();
        Consumer greedy = peer.consume(wants(Filter.NONE, MANY), all);
        peer.store("q", "a?color=red", "x", "b?color=red");
        rig().await("all", () -> all.size() == 3);
        Inbox red = attach(peer, wants(RED, MANY));
        rig().quiesce();
        assertThat(red.size()).isZero();
        rig().await(greedy.close());
        peer.release(all.deliveries.get(2), all.deliveries.get(1));
        awaitTexts(red, "b?color=red");
        peer.release(all.deliveries.getFirst());
        awaitTexts(red, "b?color=red", "a?color=red");
    }

    @Test
    default void theHigherPriorityGetsAllThatItWants() {
        Peer peer = peer();
        peer.queue("q");
        Inbox low = attach(peer, wants(Filter.NONE, MANY, 0));
        Inbox high = attach(peer, wants(RED, 2, 5));
        for (int i = 0; i < 4; i++) {
            peer.store("q", "x" + i, "m" + i + "?color=red");
        }
        rig().await("what the other has no credit for", () -> low.size() == 6);
        assertThat(high.texts()).containsExactly("m0?color=red", "m1?color=red");
        assertThat(low.texts())
                .containsExactly("x0", "x1", "x2", "m2?color=red", "x3", "m3?color=red");
    }

    @Test
    default void whoTakesAnythingLeavesItsShareToWhoWantsIt() {
        Peer peer = peer();
        peer.queue("q");
        Inbox any = attach(peer, wants(Filter.NONE, MANY));
        Inbox red = attach(peer, wants(RED, MANY));
        for (int i = 0; i < 40; i++) {
            peer.store("q", "m" + i + "?color=red");
        }
        rig().await("all", () -> any.size() + red.size() == 40);
        assertThat(red.size()).isBetween(10, 30);
    }

    @Test
    default void oneAtATimeIsServedWhatItWants() {
        Peer peer = peer();
        peer.declare(Specs.served("q", new Service(true, Priorities.NONE, -1)));
        Inbox red = new Inbox();
        Consumer first = peer.consume(wants(RED, MANY), red);
        Inbox blue = attach(peer, wants(BLUE, MANY));
        peer.store("q", "a?color=blue", "b?color=red", "c?color=blue");
        awaitTexts(red, "b?color=red");
        assertThat(blue.size()).isZero();
        rig().await(first.close());
        awaitTexts(blue, "a?color=blue", "c?color=blue");
    }

    @Test
    default void aLimitThatConsumersShareHoldsForThoseWithFilters() {
        Peer peer = peer();
        peer.queue("q");
        peer.store("q", "x", "a?color=red", "b?color=blue", "c?color=red", "d?color=blue");
        SharedCredit shared = peer.session.sharedCredit();
        shared.limit(1);
        Inbox red = new Inbox();
        Inbox blue = new Inbox();
        peer.consume(sharing(RED, shared), red);
        peer.consume(sharing(BLUE, shared), blue);
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            rig().await("one more", () -> red.size() + blue.size() == 1);
            rig().quiesce();
            assertThat(red.size() + blue.size()).isEqualTo(1);
            Delivery got = red.size() == 1 ? red.drain().getFirst() : blue.drain().getFirst();
            seen.add(Inbox.text(got));
            peer.accept(got);
        }
        assertThat(seen)
                .containsExactlyInAnyOrder(
                        "a?color=red", "b?color=blue", "c?color=red", "d?color=blue");
    }

    private static ConsumeSpec sharing(Filter filter, SharedCredit shared) {
        return new ConsumeSpec(Peer.own("q"), false, false, 0, MANY, Start.Edge.NEXT, shared)
                .with(filter);
    }

    @Test
    default void whatIsHiddenIsWantedWhenItIsShown() {
        Peer peer = peer();
        peer.queue("q");
        Inbox red = attach(peer, wants(RED, MANY));
        peer.storeLater("q", "late?color=red", 1_000, -1);
        peer.store("q", "x", "now?color=red");
        awaitTexts(red, "now?color=red");
        rig().passMs(1_100);
        awaitTexts(red, "now?color=red", "late?color=red");
        peer.releaseLater(100, red.last());
        rig().passMs(200);
        awaitTexts(red, "now?color=red", "late?color=red", "late?color=red");
    }

    @Test
    default void whatIsGivenOnceMoreIsLookedAtOnceMore() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", QueuePolicy.NONE.with(new Keep(-1, 1 << 20))));
        peer.store("q", "a?color=red", "b", "c?color=red");
        Inbox red = attach(peer, wants(RED, MANY));
        awaitTexts(red, "a?color=red", "c?color=red");
        peer.accept(red.drain().toArray(Delivery[]::new));
        rig().await(peer.session.reset(Peer.own("q"), Start.Edge.FIRST));
        awaitTexts(red, "a?color=red", "c?color=red");
    }

    @Test
    default void aQueuesFilterAndItsConsumersHoldBoth() {
        Peer peer = peer();
        peer.declare(Specs.served("q", Service.PLAIN.with(Filter.sql("amount > 1"))));
        Inbox red = attach(peer, wants(RED, MANY));
        peer.store("q", "a?color=red", "b?color=red&amount=2", "c?color=blue&amount=2");
        awaitTexts(red, "b?color=red&amount=2");
        rig().await("one goes", () -> peer.stats("q").equals(new TopicStats(1, 1, 1)));
    }

    @Test
    default void whatCannotBeIsRefusedAndSaysWhy() {
        Peer peer = peer();
        peer.queue("q");
        assertThatThrownBy(() -> peer.consume(wants(Filter.sql("color = = 1"), 1), new Inbox()))
                .hasMessageContaining("line 1, column 9: found =; expected a name");
        KeyOrder byKey = new KeyOrder(KeySource.HEADER, "customer");
        peer.declare(Specs.served("keyed", Service.PLAIN.with(byKey)));
        peer.declare(Specs.served("leveled", new Service(false, new Priorities(5, 0), -1)));
        ConsumeSpec keyed = Peer.spec("keyed", 1).with(RED);
        assertThatThrownBy(() -> peer.consume(keyed, new Inbox()))
                .isInstanceOfSatisfying(
                        BrokerException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID))
                .hasMessageContaining("own filter does not go with a queue's order by key");
        ConsumeSpec leveled = Peer.spec("leveled", 1).with(RED);
        assertThatThrownBy(() -> peer.consume(leveled, new Inbox()))
                .hasMessageContaining("own filter does not go with a queue's levels of priority");
        assertThat(peer.stats("keyed").consumers()).isZero();
    }

    @Test
    default void nothingIsLostNorGoesWhereItIsNotWantedWhateverHappens() {
        for (long seed = 1; seed <= 3; seed++) {
            Peer peer = peer();
            peer.queue("q");
            RandomColors colors = new RandomColors(this, peer, new Random(seed));
            colors.run(60);
            colors.drain();
            peer.delete("q");
            peer.close();
        }
    }

    /// Consumers of some colors that come, go, settle and give back at random.
    final class RandomColors {
        private static final List<String> COLORS = List.of("red", "blue", "green", "none");

        private final OwnFilterContract contract;
        private final Peer peer;
        private final Random random;
        private final Map<Inbox, String> wanted = new HashMap<>();
        private final List<Inbox> inboxes = new ArrayList<>();
        private final List<Consumer> consumers = new ArrayList<>();
        private final Set<String> owed = new HashSet<>();
        private int sent;

        RandomColors(OwnFilterContract contract, Peer peer, Random random) {
            this.contract = contract;
            this.peer = peer;
            this.random = random;
        }

        void run(int steps) {
            for (int i = 0; i < steps; i++) {
                switch (random.nextInt(8)) {
                    case 0 -> come(COLORS.get(random.nextInt(COLORS.size())));
                    case 1 -> go();
                    case 2, 3, 4 -> send(1 + random.nextInt(30));
                    default -> settle();
                }
            }
        }

        private void come(String color) {
            Inbox inbox = new Inbox();
            Filter filter =
                    color.equals("none") ? Filter.NONE : Filter.sql("color = '" + color + "'");
            consumers.add(peer.consume(wants(filter, 1 + random.nextInt(20)), inbox));
            inboxes.add(inbox);
            wanted.put(inbox, color);
        }

        private void go() {
            if (!inboxes.isEmpty()) {
                int place = random.nextInt(inboxes.size());
                contract.rig().await(consumers.remove(place).close());
                List<Delivery> left = check(inboxes.remove(place));
                if (!left.isEmpty()) {
                    peer.release(left.toArray(Delivery[]::new));
                }
            }
        }

        private void send(int count) {
            String[] texts = new String[count];
            for (int i = 0; i < count; i++) {
                texts[i] = "m" + sent++ + "?color=" + COLORS.get(random.nextInt(4));
                owed.add(texts[i]);
            }
            peer.store("q", texts);
        }

        private void settle() {
            for (Inbox inbox : inboxes) {
                for (Delivery got : check(inbox)) {
                    if (random.nextInt(4) == 0) {
                        peer.release(got);
                    } else {
                        accept(got);
                    }
                }
            }
        }

        private void accept(Delivery got) {
            peer.accept(got);
            assertThat(owed.remove(Inbox.text(got))).as("once: %s", Inbox.text(got)).isTrue();
        }

        private List<Delivery> check(Inbox inbox) {
            String color = wanted.get(inbox);
            List<Delivery> all = inbox.drain();
            for (Delivery got : all) {
                if (!color.equals("none")) {
                    assertThat(Inbox.text(got)).endsWith("color=" + color);
                }
            }
            return all;
        }

        /// Those who want a color get all that is left of it, then somebody the rest.
        void drain() {
            while (!inboxes.isEmpty()) {
                go();
            }
            for (String color : COLORS) {
                long left = owed.stream().filter(text -> text.endsWith(color)).count();
                Inbox inbox = new Inbox();
                boolean rest = color.equals("none");
                Filter filter = rest ? Filter.NONE : Filter.sql("color = '" + color + "'");
                peer.consume(wants(filter, MANY), inbox);
                wanted.put(inbox, color);
                contract.rig().await("all of " + color, () -> inbox.size() == left);
                assertThat(inbox.deliveries)
                        .isSortedAccordingTo((a, b) -> Long.compare(a.offset(), b.offset()));
                check(inbox).forEach(this::accept);
            }
            assertThat(owed).isEmpty();
        }
    }

    /// With what outlives the process.
    interface Durable extends OwnFilterContract {
        @Override
        Rig.Durable rig();

        @Test
        default void whatStayedIsThereAfterACrash() {
            Peer peer = peer();
            peer.queue("q");
            peer.store("q", "a?color=red", "x", "b?color=red", "y?color=blue");
            Inbox red = new Inbox();
            peer.consume(wants(RED, 1), red);
            rig().await("one", () -> red.size() == 1);
            peer.accept(red.last());
            rig().checkpoint();
            rig().crash();
            Peer next = peer();
            Inbox again = new Inbox();
            next.consume(wants(RED, MANY), again);
            next.store("q", "c?color=red");
            rig().await("what was not settled", () -> again.size() == 2);
            assertThat(again.texts()).containsExactly("b?color=red", "c?color=red");
            rig().await("the rest stays", () -> next.stats("q").equals(new TopicStats(2, 2, 1)));
        }
    }
}
