package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.Settlement;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Queues that are ordered by key: what is unsettled of a key is with one consumer.
interface KeyOrderContract extends BrokerContract {
    KeyOrder BY_HEADER = new KeyOrder(KeySource.HEADER, "customer");

    private static QueuePolicy ordered() {
        return QueuePolicy.NONE.with(Service.PLAIN.with(BY_HEADER));
    }

    /// Stores messages with these texts; the key is the first letter.
    default void storeByKey(Peer peer, String... texts) {
        List<Publication> batch = Stream.of(texts).map(text -> keyed("", "q", text)).toList();
        assertThat(rig().await(peer.send(batch))).containsOnly(Outcome.STORED);
    }

    private static Publication keyed(String exchange, String routingKey, String text) {
        Address address =
                new Address.Via(
                        Specs.NS,
                        exchange,
                        routingKey,
                        () -> Map.of("customer", text.substring(0, 1)));
        return new Publication(address, Peer.content(text));
    }

    @Test
    default void whatIsUnsettledOfAKeyIsWithOneConsumer() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", ordered()));
        Peer holder = peer();
        Inbox first = holder.consume("q", 1);
        storeByKey(peer, "a1");
        rig().await("the first", () -> first.size() == 1);
        Inbox second = peer().consume("q", 10);
        storeByKey(peer, "a2", "b1", "a3", "b2");
        rig().await("the other key", () -> second.size() == 2);
        rig().quiesce();
        assertThat(second.texts()).containsExactly("b1", "b2");
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(2, 3, 2));

        holder.accept(first.last());
        holder.session.close();
        rig().await("the key goes on", () -> second.size() == 4);
        assertThat(second.texts()).containsExactly("b1", "b2", "a2", "a3");
    }

    @Test
    default void whatComesAgainLaterHoldsBackItsKeyFromEverybody() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", ordered()));
        storeByKey(peer, "a1", "b1", "a2");
        Inbox inbox = peer.consume("q", 1);
        rig().await("the first", () -> inbox.size() == 1);
        peer.releaseLater(10_000, inbox.last());
        rig().await("the other key", () -> inbox.size() == 2);
        assertThat(inbox.texts()).containsExactly("a1", "b1");
        peer.accept(inbox.last());
        rig().quiesce();
        assertThat(inbox.size()).isEqualTo(2);
        rig().passMs(10_050);
        rig().await("it comes again", () -> inbox.size() == 3);
        peer.accept(inbox.last());
        rig().await("the one behind it", () -> inbox.size() == 4);
        assertThat(inbox.texts()).containsExactly("a1", "b1", "a1", "a2");
    }

    @Test
    default void whatCameBackHoldsBackItsKeyOnly() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", ordered()));
        storeByKey(peer, "a1", "a2", "b1", "a3", "b2");
        Peer lost = peer();
        Inbox first = lost.consume("q", 2);
        rig().await("two", () -> first.size() == 2);
        Inbox second = peer().consume("q", 1);
        rig().await("the other key", () -> second.size() == 1);
        assertThat(second.texts()).containsExactly("b1");

        lost.accept(first.deliveries.get(1));
        lost.session.close();
        rig().quiesce();
        Inbox third = peer().consume("q", 10);
        rig().await("all of the key", () -> third.size() == 2);
        assertThat(third.texts()).containsExactly("a1", "a3");
        assertThat(third.deliveries.getFirst().attempt()).isEqualTo(1);
    }

    @Test
    default void whoTakesSingleMessagesGetsThoseOfKeysNobodyHas() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", ordered()));
        storeByKey(peer, "a1", "a2", "b1");
        Delivery one = peer.take("q").orElseThrow();
        Delivery other = peer.take("q").orElseThrow();

        assertThat(List.of(Inbox.text(one), Inbox.text(other))).containsExactly("a1", "b1");
        assertThat(peer.take("q")).isEmpty();
        peer.accept(one);
        assertThat(peer.take("q").map(Inbox::text)).isEqualTo(Optional.of("a2"));
        storeByKey(peer, "a3", "b2", "c1");
        assertThat(rig().await(peer.session.purge(TopicName.of("q")))).isEqualTo(3);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 2, 0));
    }

    @Test
    default void aMessageWithoutTheKeyIsInNoOrder() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", ordered()));
        peer.store("q", "x", "y", "z");
        Inbox first = peer.consume("q", 1);
        rig().await("one", () -> first.size() == 1);
        Inbox second = peer().consume("q", 10);
        rig().await("the others", () -> second.size() == 2);
        assertThat(second.texts()).containsExactly("y", "z");
    }

    @Test
    default void deadLettersHaveTheirKeyToo() {
        Peer peer = peer();
        KeyOrder byRoutingKey = new KeyOrder(KeySource.ROUTING_KEY, "");
        peer.declare(Specs.queue("q", QueuePolicy.NONE.with(Service.PLAIN.with(byRoutingKey))));
        peer.declare(Specs.queue("source", QueuePolicy.NONE.with(new DeadLetters("", "q"))));
        peer.store("source", "m1", "m2");
        Inbox source = peer.consume("source");
        rig().await("both", () -> source.size() == 2);
        rig().await(peer.session.settle(source.deliveries, Settlement.REJECT, true));
        rig().await("both moved", () -> peer.stats("q").ready() == 2);

        Delivery one = peer.take("q").orElseThrow();
        assertThat(peer.take("q")).isEmpty();
        peer.accept(one);
        assertThat(peer.take("q")).isPresent();
    }

    /// What outlives the process.
    interface Durable extends KeyOrderContract {
        @Override
        Rig.Durable rig();

        @Test
        default void theKeysAreKnownAfterARestart() {
            Peer peer = peer();
            peer.declare(Specs.queue("q", ordered()));
            storeByKey(peer, "a1", "b1", "a2", "b2");
            rig().checkpoint();
            storeByKey(peer, "a3");
            rig().restart();
            Peer again = peer();
            Inbox first = again.consume("q", 1);
            rig().await("one", () -> first.size() == 1);
            Inbox second = peer().consume("q", 10);
            rig().await("the other key", () -> second.size() == 2);
            rig().quiesce();

            assertThat(first.texts()).containsExactly("a1");
            assertThat(second.texts()).containsExactly("b1", "b2");
        }
    }
}
