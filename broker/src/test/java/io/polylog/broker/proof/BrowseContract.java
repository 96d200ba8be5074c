package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Browse;
import io.polylog.broker.Browse.Seen;
import io.polylog.broker.Browse.State;
import io.polylog.broker.Delivery;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Looking at a queue leaves it as it is; a paused one serves nobody and goes on taking.
interface BrowseContract extends BrokerContract {
    private Browse browse(Peer peer, String queue, long from, int messages, int bytes) {
        return rig().await(peer.operations().browse(Peer.own(queue), from, messages, bytes));
    }

    private Browse browse(Peer peer, String queue) {
        return browse(peer, queue, 0, 1_000, 1 << 20);
    }

    private static String text(Seen seen) {
        return StandardCharsets.UTF_8.decode(seen.content().bytes().duplicate()).toString();
    }

    private static List<String> texts(Browse page) {
        return page.messages().stream().map(BrowseContract::text).toList();
    }

    @Test
    default void lookingAtAQueueTellsHowEachMessageStandsAndChangesNothing() {
        Peer peer = peer();
        peer.queue("q");
        peer.store("q", "a", "b", "c", "d");
        peer.release(peer.take("q").orElseThrow());
        Delivery first = peer.take("q").orElseThrow();
        Delivery second = peer.take("q").orElseThrow();
        peer.accept(second);

        Browse page = browse(peer, "q");
        assertThat(texts(page)).containsExactly("a", "c", "d");
        assertThat(page.messages().stream().map(Seen::offset)).containsExactly(0L, 2L, 3L);
        assertThat(page.messages().stream().map(Seen::state))
                .containsExactly(State.AWAY, State.READY, State.READY);
        assertThat(page.messages().stream().map(Seen::attempt)).containsExactly(1, 0, 0);
        assertThat(page.messages()).allMatch(seen -> seen.timeMs() > 0);
        assertThat(page.next()).isEqualTo(4);
        assertThat(page.end()).isEqualTo(4);
        assertThat(page.damage()).isEmpty();

        assertThat(browse(peer, "q")).isEqualTo(page);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(2, 1, 0));
        peer.accept(first);
        Delivery third = peer.take("q").orElseThrow();
        assertThat(Inbox.text(third)).isEqualTo("c");
        assertThat(third.redelivered()).isFalse();
        assertThat(third.attempt()).isZero();
    }

    @Test
    default void aLargeQueueIsLookedAtPageByPage() {
        Peer peer = peer();
        peer.queue("q");
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            List<String> texts = new ArrayList<>();
            for (int n = 0; n < 100; n++) {
                texts.add("message %d of %d".formatted(n, i));
            }
            all.addAll(texts);
            peer.store("q", texts.toArray(String[]::new));
        }
        assertThat(texts(browse(peer, "q", 0, 10_000, 1 << 20))).isEqualTo(all);

        List<String> seen = new ArrayList<>();
        Browse page = browse(peer, "q", 0, 700, 1 << 20);
        while (!page.messages().isEmpty()) {
            assertThat(page.messages()).hasSizeLessThanOrEqualTo(700);
            seen.addAll(texts(page));
            page = browse(peer, "q", page.next(), 700, 1 << 20);
        }
        assertThat(seen).isEqualTo(all);
        assertThat(browse(peer, "q", 5, 100, 1).messages()).hasSize(1);
        assertThat(texts(browse(peer, "q", 5, 100, 40))).isEqualTo(all.subList(5, 8));
    }

    @Test
    default void aSubscriptionAndATopicAreLookedAtToo() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 2));
        assertThat(rig().failure(() -> peer.operations().browse(Peer.own("t"), 0, 10, 1_000)))
                .isEqualTo(Kind.INVALID);
        SubscriptionRef named = new SubscriptionRef(TopicName.of("t"), "s", 1);
        rig().await(peer.session.take(named, false));
        peer.publish(new io.polylog.broker.Publication.Address.Direct(TopicName.of("t"), 1), "a");
        peer.publish(new io.polylog.broker.Publication.Address.Direct(TopicName.of("t"), 1), "b");
        Delivery taken = rig().await(peer.session.take(named, false)).orElseThrow();
        assertThat(Inbox.text(taken)).isEqualTo("a");
        Browse page = rig().await(peer.operations().browse(named, 0, 10, 1_000));
        assertThat(page.messages().stream().map(Seen::state))
                .containsExactly(State.AWAY, State.READY);
        SubscriptionRef whole = new SubscriptionRef(TopicName.of("t"), "", 1);
        assertThat(texts(rig().await(peer.operations().browse(whole, 1, 10, 1_000))))
                .containsExactly("b");
        assertThat(rig().failure(() -> peer.operations().browse(Peer.own("x"), 0, 1, 1)))
                .isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    default void aQueueWithPrioritiesKeepsItsOrderWhenLookedAt() {
        Peer peer = peer();
        peer.declare(Specs.served("q", ServiceContract.TEN_LEVELS));
        peer.storeAt("q", 1, 9, 5);
        Delivery nine = peer.take("q").orElseThrow();
        assertThat(browse(peer, "q").messages().stream().map(Seen::state))
                .containsExactly(State.READY, State.AWAY, State.READY);
        assertThat(Inbox.text(peer.take("q").orElseThrow())).isEqualTo("2");
        peer.release(nine);
        assertThat(Inbox.text(peer.take("q").orElseThrow())).isEqualTo("1");
    }

    // Pausing --------------------------------------------------------------------------------

    @Test
    default void aPausedQueueServesNobodyAndTakesMore() {
        Peer peer = peer();
        peer.queue("q");
        Inbox inbox = peer.consume("q");
        peer.store("q", "a");
        rig().await("the first", () -> inbox.size() == 1);
        peer.pause("q", true);
        peer.store("q", "b", "c");
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("a");
        assertThat(peer.take("q")).isEmpty();
        peer.accept(inbox.last());
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(2, 0, 1));
        assertThat(browse(peer, "q").paused()).isTrue();

        peer.pause("q", false);
        rig().await("the others", () -> inbox.size() == 3);
        assertThat(inbox.texts()).containsExactly("a", "b", "c");
        assertThat(inbox.deliveries).noneMatch(Delivery::redelivered);
        assertThat(browse(peer, "q").paused()).isFalse();
    }

    @Test
    default void aSubscriptionIsPausedByItself() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 2));
        SubscriptionRef one = new SubscriptionRef(TopicName.of("t"), "one");
        SubscriptionRef two = new SubscriptionRef(TopicName.of("t"), "two");
        rig().await(peer.session.take(one, false));
        rig().await(peer.session.take(two, false));
        rig().await(peer.operations().pause(one, true));
        peer.store("t", "a");
        assertThat(rig().await(peer.session.take(one, false))).isEmpty();
        assertThat(rig().await(peer.session.take(two, false))).isPresent();
        rig().await(peer.operations().pause(one, false));
        assertThat(rig().await(peer.session.take(one, false))).isPresent();

        assertThat(rig().failure(() -> peer.operations().pause(Peer.own("t"), true)))
                .isEqualTo(Kind.INVALID);
        SubscriptionRef none = new SubscriptionRef(TopicName.of("t"), "none");
        assertThat(rig().failure(() -> peer.operations().pause(none, true)))
                .isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    default void aPausedQueueWithOneActiveConsumerGoesOnWithTheSame() {
        Peer peer = peer();
        peer.declare(Specs.served("q", ServiceContract.ONE_AT_A_TIME));
        Inbox first = peer.consume("q");
        Inbox second = peer.consume("q");
        peer.pause("q", true);
        peer.store("q", "a");
        rig().quiesce();
        peer.pause("q", false);
        rig().await("it is served", () -> first.size() == 1);
        assertThat(second.deliveries).isEmpty();
    }

    /// What outlives the process.
    interface Durable extends BrowseContract {
        @Override
        Rig.Durable rig();

        @Test
        default void aPauseOutlivesTheProcess() {
            Peer before = peer();
            before.queue("q");
            before.store("q", "a");
            before.pause("q", true);
            rig().checkpoint();
            rig().restart();
            Peer peer = peer();
            Inbox inbox = peer.consume("q");
            peer.store("q", "b");
            rig().quiesce();
            assertThat(inbox.deliveries).isEmpty();
            rig().crash();
            Peer again = peer();
            assertThat(again.take("q")).isEmpty();
            again.pause("q", false);
            assertThat(Inbox.text(again.take("q").orElseThrow())).isEqualTo("a");
        }
    }
}
