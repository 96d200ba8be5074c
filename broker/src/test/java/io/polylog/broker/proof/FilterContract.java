package io.polylog.broker.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Delivery;
import io.polylog.broker.Filter;
import io.polylog.broker.Interest;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicStats;
import io.polylog.broker.command.NeutralMessages;
import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Queues and subscriptions that want some messages only, and readers that do.
interface FilterContract extends BrokerContract {
    Filter RED = Filter.sql("color = 'red'");
    QueuePolicy RED_ONLY = QueuePolicy.NONE.with(Service.PLAIN.with(RED));

    private Peer queue(QueuePolicy policy) {
        Peer peer = peer();
        peer.declare(Specs.queue("q", policy));
        return peer;
    }

    private void awaitReady(Peer peer, String queue, long ready) {
        rig().await(
                        "what is not wanted leaves",
                        () -> peer.stats(queue).equals(new TopicStats(ready, 0, 0)));
    }

    private static List<String> takeAll(Peer peer, String queue) {
        List<String> taken = new ArrayList<>();
        Optional<Delivery> next = peer.take(queue);
        while (next.isPresent()) {
            taken.add(Inbox.text(next.get()));
            next = peer.take(queue);
        }
        return taken;
    }

    @Test
    default void whatAQueueDoesNotWantLeavesThoughNobodyTakes() {
        Peer peer = queue(RED_ONLY);
        peer.store("q", "a?color=red", "b?color=blue", "c", "d?color=red&amount=5");
        awaitReady(peer, "q", 2);
        peer.store("q", "e?color=blue");
        awaitReady(peer, "q", 2);
        assertThat(takeAll(peer, "q")).containsExactly("a?color=red", "d?color=red&amount=5");
    }

    @Test
    default void whatAConsumerReadsAndDoesNotWantTakesNoRoomFromOthersOfItsSession() {
        Peer peer = queue(RED_ONLY);
        peer.queue("other");
        Inbox none = new Inbox();
        Inbox inbox = new Inbox();
        peer.consume(new ConsumeSpec(Peer.own("q"), true, false, 0, 10), none);
        peer.consume(new ConsumeSpec(Peer.own("other"), true, false, 0, 10), inbox);
        peer.store("q", "x".repeat(400_000) + "?color=blue");
        rig().await(
                        "what is not wanted leaves",
                        () -> peer.stats("q").equals(new TopicStats(0, 0, 1)));
        peer.store("other", "a");
        rig().await("the other one", () -> inbox.size() == 1);
        assertThat(none.size()).isZero();
    }

    @Test
    default void aConsumerGetsWhatIsWantedWhateverItsCredit() {
        Peer peer = queue(RED_ONLY);
        for (int i = 0; i < 50; i++) {
            peer.store("q", "x?color=blue", "m" + i + "?color=red", "y", "z?color=green");
        }
        Inbox inbox = peer.consume("q", 1);
        for (int i = 0; i < 50; i++) {
            int count = i + 1;
            rig().await("the next that is wanted", () -> inbox.size() == count);
            assertThat(inbox.texts().getLast()).isEqualTo("m" + i + "?color=red");
            peer.accept(inbox.last());
        }
        peer.store("q", "x?color=blue", "last?color=red");
        rig().await("one more", () -> inbox.size() == 51);
        peer.accept(inbox.last());
        rig().await("nothing stays", () -> peer.stats("q").equals(new TopicStats(0, 0, 1)));
    }

    @Test
    default void whoSettlesNothingGetsWhatIsWantedToo() {
        Peer peer = queue(RED_ONLY);
        Inbox inbox = new Inbox();
        peer.consume(new ConsumeSpec(Peer.own("q"), true, false, 0, Integer.MAX_VALUE), inbox);
        for (int i = 0; i < 30; i++) {
            peer.store("q", "x?color=blue", "m" + i + "?color=red", "y");
        }
        rig().await("all of them", () -> inbox.size() == 30);
        assertThat(inbox.texts()).allMatch(text -> text.endsWith("red"));
        rig().await("nothing stays", () -> peer.stats("q").equals(new TopicStats(0, 0, 1)));
    }

    @Test
    default void aQueueWantsByHeadersAndBySubject() {
        Peer peer = peer();
        Map<String, Object> any = Map.of("x-match", "any", "color", "red", "amount", 7);
        Filter byHeaders = new Filter("", Map.copyOf(any), "");
        Filter bySubject = new Filter("", Map.of(), "orders.*.new");
        peer.declare(Specs.served("h", Service.PLAIN.with(byHeaders)));
        peer.declare(Specs.served("s", Service.PLAIN.with(bySubject)));
        peer.store("h", "a?color=red", "b?amount=7", "c?amount=8&color=blue", "d");
        peer.store("s", "orders.eu.new", "orders.new", "orders.eu.old", "orders.us.new?a=1");
        awaitReady(peer, "h", 2);
        awaitReady(peer, "s", 2);
        assertThat(takeAll(peer, "h")).containsExactly("a?color=red", "b?amount=7");
        assertThat(takeAll(peer, "s")).containsExactly("orders.eu.new", "orders.us.new?a=1");
    }

    @Test
    default void aQueueWantsByAnExpressionOverItsBody() {
        Filter large = Filter.sql("cel:has(json.amount) && json.amount > 100");
        Peer peer = queue(QueuePolicy.NONE.with(Service.PLAIN.with(large)));
        peer.store("q", "{\"amount\":150}", "{\"amount\":50}", "{}", "no JSON");
        awaitReady(peer, "q", 1);
        assertThat(takeAll(peer, "q")).containsExactly("{\"amount\":150}");
    }

    @Test
    default void whatAnExpressionCannotBeEvaluatedForIsADeadLetterWhereThatIsSaid() {
        Peer peer = peer();
        peer.queue("dead");
        Filter large = Filter.sql("cel(on-error=dead-letter):json.amount > 100");
        peer.declare(
                Specs.queue(
                        "q",
                        QueuePolicy.NONE
                                .with(Service.PLAIN.with(large))
                                .with(new DeadLetters("", "dead"))));
        peer.store("q", "{\"amount\":1}", "no JSON", "{\"amount\":150}", "{}");
        awaitReady(peer, "q", 1);
        rig().await("two are dead", () -> peer.stats("dead").ready() == 2);
        assertThat(takeAll(peer, "dead")).containsExactly("no JSON", "{}");
        Inbox inbox = peer.consume("q", 10);
        peer.store("q", "none either", "{\"amount\":101}");
        rig().await("what is wanted", () -> inbox.size() == 2);
        rig().await("one more is dead", () -> peer.stats("dead").ready() == 1);
    }

    @Test
    default void whatAnExpressionCannotBeEvaluatedForIsDeliveredWhereThatIsSaid() {
        Filter large = Filter.sql("cel(on-error=deliver):json.amount > 100");
        Peer peer = queue(QueuePolicy.NONE.with(Service.PLAIN.with(large)));
        peer.store("q", "{\"amount\":1}", "no JSON");
        awaitReady(peer, "q", 1);
        assertThat(takeAll(peer, "q")).containsExactly("no JSON");
    }

    private static Message shown(Delivery delivery) {
        assertThat(delivery.content().encoding()).isEqualTo(NeutralMessages.ENCODING);
        assertThat(delivery.batch()).isFalse();
        return new NeutralMessages().open(delivery.content().bytes()).getFirst();
    }

    private static String body(Delivery delivery) {
        return UTF_8.decode(Objects.requireNonNull(shown(delivery).body())).toString();
    }

    @Test
    default void aQueueShowsWhatItMakesOfItsMessages() {
        Filter masked =
                Filter.NONE.transforming(
                        """
                        {"set": {"vip": "json.total > 100"}, "remove": ["secret"],
                         "key": "json.id", "mask": ["/card"]}\
                        """);
        Peer peer = queue(QueuePolicy.NONE.with(Service.PLAIN.with(masked)));
        String order = "{\"id\":\"o1\",\"total\":150,\"card\":\"4111\"}";
        peer.store("q", order + "?secret=x&color=red", order);
        Message first = shown(peer.take("q").orElseThrow());
        assertThat(first.headers())
                .containsExactlyInAnyOrder(new Header("color", "red"), new Header("vip", true));
        assertThat(first.key()).isEqualTo("o1".getBytes(UTF_8));
        Inbox inbox = peer.consume("q", 5);
        rig().await("the second", () -> inbox.size() == 1);
        assertThat(body(inbox.last())).isEqualTo(order.replace("4111", "***"));
        peer.accept(inbox.last());
    }

    @Test
    default void aSubscriptionAndAReaderOfAStreamAreShownWhatTheySay() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        Filter masked = Filter.sql("cel:json.a > 0").transforming("{\"mask\":[\"/b\"]}");
        SubscriptionRef ref = new SubscriptionRef(TopicName.of("t"), "s");
        Inbox subscribed = new Inbox();
        peer.consume(
                new ConsumeSpec(ref, true, false, 0, 10).with(Interest.in(masked)), subscribed);
        peer.store("t", "{\"a\":1,\"b\":2}", "{\"a\":0}");
        Inbox reader = new Inbox();
        peer.consume(cursor("t", masked), reader);
        rig().await("both", () -> subscribed.size() == 1 && reader.size() == 1);
        assertThat(body(subscribed.last())).isEqualTo("{\"a\":1,\"b\":\"***\"}");
        assertThat(body(reader.last())).isEqualTo("{\"a\":1,\"b\":\"***\"}");
    }

    @Test
    default void whatCannotBeMaskedIsADeadLetterAndNotShown() {
        Peer peer = peer();
        peer.queue("dead");
        Filter masked = Filter.NONE.transforming("{\"mask\":[\"/card\"]}");
        peer.declare(
                Specs.queue(
                        "q",
                        QueuePolicy.NONE
                                .with(Service.PLAIN.with(masked))
                                .with(new DeadLetters("", "dead"))));
        Inbox inbox = peer.consume("q", 1);
        peer.store("q", "card 4111", "{\"card\":\"4111\"}", "card 4222");
        rig().await("one", () -> inbox.size() == 1);
        assertThat(body(inbox.last())).isEqualTo("{\"card\":\"***\"}");
        peer.accept(inbox.last());
        rig().await("two are dead", () -> peer.stats("dead").ready() == 2);
        assertThat(takeAll(peer, "dead")).containsExactly("card 4111", "card 4222");
    }

    @Test
    default void aConsumerOfAQueueMakesNothingOfItsMessages() {
        Peer peer = peer();
        peer.queue("q");
        Filter masked = Filter.NONE.transforming("{\"mask\":[\"/card\"]}");
        ConsumeSpec spec =
                new ConsumeSpec(Peer.own("q"), true, false, 0, 10).with(Interest.in(masked));
        assertThat(rig().failure(() -> peer.session.consume(spec, new Inbox())))
                .isEqualTo(Kind.INVALID);
    }

    @Test
    default void anAlteredSubscriptionWantsSomethingElse() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        SubscriptionRef ref = new SubscriptionRef(TopicName.of("t"), "s");
        Interest eu = Interest.in(new Filter("", Map.of(), List.of("eu.#", "all"))).noted("eu");
        Interest us = Interest.in(new Filter("", Map.of(), List.of("us.#", "all"))).noted("us");
        peer.consume(new ConsumeSpec(ref, false, false, 0, 1).with(eu), new Inbox()).close();
        peer.store("t", "eu.1", "us.1", "all");
        rig().await("two", () -> peer.stats(ref).ready() == 2);

        rig().await(peer.session.alterSubscription(ref, us));
        peer.store("t", "eu.2", "us.2");

        // What had left stays away; of what was owed only what is wanted now stays.
        rig().await("two again", () -> peer.stats(ref).ready() == 2);
        Inbox inbox = new Inbox();
        peer.consume(new ConsumeSpec(ref, true, false, 0, 100), inbox);
        rig().await("both", () -> inbox.size() == 2);
        assertThat(inbox.texts()).containsExactly("all", "us.2");
    }

    @Test
    default void aFilterThatMakesNoSenseIsRefusedWithThePlace() {
        Peer peer = peer();
        QueuePolicy wrong = QueuePolicy.NONE.with(Service.PLAIN.with(Filter.sql("color = = 1")));
        assertThat(rig().failure(() -> peer.session.declareTopic(Specs.queue("q", wrong))))
                .isEqualTo(Kind.INVALID);
        assertThatThrownBy(() -> peer.declare(Specs.queue("q", wrong)))
                .hasMessageContaining("line 1, column 9: found =; expected a name");
        assertThat(peer.session.definitions().topic(TopicName.of("q"))).isNull();
        peer.declare(Specs.stream("t", 1));
        ConsumeSpec cursor = cursor("t", Filter.sql("color LIKE"));
        assertThat(rig().failure(() -> peer.session.consume(cursor, new Inbox())))
                .isEqualTo(Kind.INVALID);
    }

    @Test
    default void aQueueDeclaredAgainHasItsFilter() {
        Peer peer = queue(RED_ONLY);
        peer.declare(Specs.queue("q", RED_ONLY));
        assertThat(rig().failure(() -> peer.session.declareTopic(Specs.queue("q"))))
                .isEqualTo(Kind.CONFLICT);
    }

    @Test
    default void whatIsNotWantedIsNoDeadLetterAndTakesNobodysPlace() {
        Peer peer = peer();
        peer.queue("dead");
        QueuePolicy policy =
                RED_ONLY.with(new DeadLetters("", "dead"))
                        .with(new Limits(2, -1, Overflow.DROP_OLDEST))
                        .with(new Expiry(60_000, -1));
        peer.declare(Specs.queue("q", policy));
        peer.store("q", "a?color=red", "x", "b?color=red", "y", "z");
        awaitReady(peer, "q", 2);
        rig().quiesce();
        assertThat(peer.stats("dead").ready()).isZero();
        peer.store("q", "c?color=red", "z");
        rig().await("the oldest that is wanted goes", () -> peer.stats("dead").ready() == 1);
        assertThat(takeAll(peer, "dead")).containsExactly("a?color=red");
        rig().passMs(60_100);
        rig().await("the others expire", () -> peer.stats("dead").ready() == 2);
        assertThat(takeAll(peer, "dead")).containsExactly("b?color=red", "c?color=red");
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 0, 0));
    }

    @Test
    default void whatComesBackIsStillWanted() {
        Peer peer = queue(RED_ONLY);
        peer.store("q", "x", "a?color=red", "y", "b?color=red");
        Delivery first = peer.take("q").orElseThrow();
        peer.release(first);
        assertThat(takeAll(peer, "q")).containsExactly("a?color=red", "b?color=red");
        rig().await("nothing else", () -> peer.stats("q").equals(new TopicStats(0, 2, 0)));
    }

    @Test
    default void aSubscriptionOfATopicHasTheFilterItWasMadeWith() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 3));
        SubscriptionRef red = new SubscriptionRef(TopicName.of("t"), "red");
        Inbox inbox = new Inbox();
        ConsumeSpec spec = new ConsumeSpec(red, false, false, 0, 100).with(RED);
        peer.consume(spec, inbox);
        for (int i = 0; i < 9; i++) {
            peer.publish(Peer.to("t"), "m" + i + "?color=red");
            peer.publish(Peer.to("t"), "m" + i + "?color=blue");
        }
        rig().await("the red ones", () -> inbox.size() == 9);
        assertThat(inbox.texts()).allMatch(text -> text.endsWith("=red"));
        assertThat(
                        rig().failure(() ->
                                peer.session.consume(
                                        spec.with(Filter.sql("color = 'blue'")), new Inbox())))
                .isEqualTo(Kind.CONFLICT);
        Inbox second = new Inbox();
        peer.consume(spec.with(Filter.NONE), second);
        rig().await("nothing else is owed", () -> peer.stats(red).equals(new TopicStats(0, 9, 2)));
        assertThat(peer.stats("t").ready()).as("the topic keeps all").isEqualTo(18);
    }

    @Test
    default void whatComesWhileOthersAreLookedAtIsLookedAtToo() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", RED_ONLY));
        for (int i = 0; i < 300; i++) {
            peer.store("q", "m" + i, "m" + i + "?color=red");
        }
        rig().await("the red ones", () -> peer.stats("q").equals(new TopicStats(300, 0, 0)));
    }

    @Test
    default void aReaderOfAStreamGetsWhatItWants() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        for (int i = 0; i < 100; i++) {
            peer.store("t", "m" + i + "?amount=" + i);
        }
        Inbox inbox = new Inbox();
        peer.consume(cursor("t", Filter.sql("amount >= 40 AND amount < 44")), inbox);
        rig().await("two, which is its credit", () -> inbox.size() == 2);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("m40?amount=40", "m41?amount=41");
        peer.accept(inbox.drain().toArray(Delivery[]::new));
        rig().await("the next two", () -> inbox.size() == 2);
        peer.accept(inbox.drain().toArray(Delivery[]::new));
        peer.store("t", "more?amount=1", "last?amount=41");
        rig().await("what comes later", () -> inbox.size() == 1);
        assertThat(inbox.texts()).containsExactly("last?amount=41");
    }

    @Test
    default void messagesOfABatchAreWantedOneByOne() {
        Peer peer = peer();
        peer.declare(Specs.batches("t", 1));
        SubscriptionRef red = new SubscriptionRef(TopicName.of("t"), "red");
        Inbox shared = new Inbox();
        peer.consume(new ConsumeSpec(red, false, false, 0, 100).with(RED), shared);
        byte[] bytes =
                (Appends.ROOM + "a?color=red,b,c?color=red,d?color=blue,e?color=red")
                        .getBytes(UTF_8);
        peer.append(Appends.of("t", 0, null, 5, ByteBuffer.wrap(bytes), List.of()));
        Inbox own = new Inbox();
        peer.consume(cursor("t", RED), own);
        rig().await("the red ones", () -> own.size() == 2 && shared.size() == 3);
        assertThat(own.deliveries.stream().map(Delivery::offset)).containsExactly(0L, 2L);
        assertThat(shared.deliveries.stream().map(Delivery::offset)).containsExactly(0L, 2L, 4L);
        assertThat(shared.deliveries.stream().map(Delivery::indexInRecord))
                .containsExactly(0, 2, 4);
    }

    private static ConsumeSpec cursor(String topic, Filter filter) {
        return new ConsumeSpec(Peer.own(topic), false, false, 0, 2, Start.Edge.FIRST, null)
                .with(filter);
    }

    /// With what outlives the process.
    interface Durable extends FilterContract {
        @Override
        Rig.Durable rig();

        @Test
        default void filtersOutliveTheProcess() {
            Peer peer = peer();
            peer.declare(Specs.queue("q", RED_ONLY));
            peer.declare(Specs.stream("t", 1));
            SubscriptionRef red = new SubscriptionRef(TopicName.of("t"), "red");
            peer.consume(new ConsumeSpec(red, false, false, 0, 1).with(RED), new Inbox()).close();
            peer.store("q", "a?color=red", "b");
            peer.store("t", "a", "b?color=red");
            rig().checkpoint();
            peer.store("q", "c", "d?color=red");
            rig().crash();
            Peer next = peer();
            next.store("q", "e", "f?color=red");
            next.store("t", "c", "d?color=red");
            rig().await(
                            "what is not wanted leaves",
                            () -> next.stats("q").equals(new TopicStats(3, 0, 0)));
            assertThat(takeAll(next, "q"))
                    .containsExactly("a?color=red", "d?color=red", "f?color=red");
            Inbox inbox = new Inbox();
            next.consume(new ConsumeSpec(red, false, false, 0, 100), inbox);
            rig().await("what the subscription wants", () -> inbox.size() == 2);
            assertThat(inbox.texts()).containsExactly("b?color=red", "d?color=red");
            rig().restart();
            rig().quiesce();
            assertThat(peer().stats("q").ready()).isEqualTo(3);
        }
    }
}
