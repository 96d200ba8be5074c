package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.Settlement;
import io.polylog.broker.TopicStats;
import io.polylog.broker.Transaction;
import io.polylog.broker.Transaction.Settled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Publishes and settlements that take effect together or not at all, in queues of one shard, of
/// several, and in memory.
interface TransactionContract extends BrokerContract {
    List<String> QUEUES = List.of("q0", "q1", "q2", "q3");

    @Test
    default void aTransactionPublishesAndSettlesInManyQueues() {
        Peer peer = withQueues();
        peer.declare(Specs.queue("m", Specs.IN_MEMORY));
        QUEUES.forEach(queue -> peer.store(queue, "old of " + queue));
        peer.store("m", "old of m");
        List<Settled> settled = new ArrayList<>();
        QUEUES.forEach(queue -> settled.add(accept(peer.take(queue).orElseThrow())));
        settled.add(accept(peer.take("m").orElseThrow()));

        Outcomes outcomes =
                rig().await(
                                peer.session.transact(
                                        new Transaction(
                                                toAll("new", List.of("q0", "q1", "q2", "q3", "m")),
                                                settled)));

        assertThat(outcomes.allStored()).isTrue();
        for (String queue : List.of("q0", "q1", "q2", "q3", "m")) {
            assertThat(peer.stats(queue)).isEqualTo(new TopicStats(1, 0, 0));
            assertThat(Inbox.text(peer.take(queue).orElseThrow())).isEqualTo("new");
        }
    }

    @Test
    default void aTransactionWithAStaleSettlementDoesNothingAndGivesBackTheOthers() {
        Peer peer = withQueues();
        QUEUES.forEach(queue -> peer.store(queue, "old"));
        List<Settled> settled = new ArrayList<>();
        QUEUES.forEach(queue -> settled.add(accept(peer.take(queue).orElseThrow())));
        peer.accept(settled.get(1).delivery());

        assertThat(failure(peer, new Transaction(toAll("new", QUEUES), settled)))
                .isEqualTo(Kind.CONFLICT);

        for (Settled each : settled) {
            boolean gone = each.equals(settled.get(1));
            String queue = each.delivery().topic().name();
            assertThat(peer.stats(queue)).isEqualTo(new TopicStats(gone ? 0 : 1, 0, 0));
        }
        peer.close();
        assertThat(peer().take("q0").orElseThrow().attempt()).isEqualTo(1);
    }

    @Test
    default void whatHasNoTargetIsToldAndTheRestIsStored() {
        Peer peer = withQueues();
        Transaction transaction =
                new Transaction(toAll("x", List.of("q0", "nowhere", "q1")), List.of());

        Outcomes outcomes = rig().await(peer.session.transact(transaction));

        assertThat(List.of(outcomes.at(0), outcomes.at(1), outcomes.at(2)))
                .containsExactly(Outcome.STORED, Outcome.NOT_FOUND, Outcome.STORED);
        assertThat(peer.stats("q1")).isEqualTo(new TopicStats(1, 0, 0));
    }

    @Test
    default void anEmptyTransactionIsDoneAndComesInItsTurn() {
        Peer peer = withQueues();
        List<String> order = new ArrayList<>();
        peer.session.publish(toAll("x", QUEUES), _ -> order.add("published"));
        peer.session
                .transact(new Transaction(List.of(), List.of()))
                .thenRun(() -> order.add("committed"));
        rig().await("both", () -> order.size() == 2);

        assertThat(order).containsExactly("published", "committed");
    }

    @Test
    default void releasedAndRejectedDeliveriesOfATransactionComeBackAndDoNot() {
        Peer peer = withQueues();
        QUEUES.forEach(queue -> peer.store(queue, "a", "b", "c"));
        List<Settled> settled = new ArrayList<>();
        for (String queue : QUEUES) {
            for (Settlement how : TransactionHistory.WAYS) {
                settled.add(new Settled(peer.take(queue).orElseThrow(), how));
            }
        }
        rig().await(peer.session.transact(new Transaction(List.of(), settled)));

        for (String queue : QUEUES) {
            assertThat(peer.stats(queue)).isEqualTo(new TopicStats(1, 0, 0));
            Delivery again = peer.take(queue).orElseThrow();
            assertThat(Inbox.text(again)).isEqualTo("b");
            assertThat(again.attempt()).isEqualTo(1);
        }
    }

    @Test
    default void consumersGetOnAfterWhatATransactionSettled() {
        Peer peer = withQueues();
        Inbox inbox = peer.consume("q0", 2);
        peer.store("q0", "a", "b", "c", "d");
        rig().await("two", () -> inbox.size() == 2);
        rig().await(
                        peer.session.transact(
                                new Transaction(
                                        List.of(),
                                        inbox.deliveries.stream().map(this::accept).toList())));
        rig().await("the others", () -> inbox.size() == 4);

        assertThat(inbox.texts()).containsExactly("a", "b", "c", "d");
    }

    @Test
    default void aTransactionOfManyBlocksIsOne() {
        Peer peer = withQueues();
        List<Publication> many = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            byte[] large = new byte[100_000];
            large[0] = (byte) i;
            many.add(new Publication(Peer.to(QUEUES.get(i % 4)), Peer.content(large)));
        }
        Outcomes outcomes = rig().await(peer.session.transact(new Transaction(many, List.of())));

        assertThat(outcomes.allStored()).isTrue();
        for (String queue : QUEUES) {
            assertThat(peer.stats(queue)).isEqualTo(new TopicStats(10, 0, 0));
        }
    }

    @Test
    default void aTransactionBeyondTheLimitIsRefused() {
        Peer peer = withQueues();
        byte[] large = new byte[16 << 20];
        List<Publication> many = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            many.add(new Publication(Peer.to("q0"), Peer.content(large)));
        }
        peer.store("q1", "old");
        Delivery held = peer.take("q1").orElseThrow();

        assertThat(failure(peer, new Transaction(many, List.of(accept(held)))))
                .isEqualTo(Kind.INVALID);
        assertThat(peer.stats("q0")).isEqualTo(new TopicStats(0, 0, 0));
        assertThat(peer.take("q1").orElseThrow().attempt()).isEqualTo(1);
    }

    @Test
    default void aBoundedTransactionIsRefusedWhereATargetIsFull() {
        Peer peer = withQueues();
        Limits one = new Limits(1, -1, Overflow.REFUSE);
        peer.declare(Specs.queue("full", QueuePolicy.NONE.with(one)));
        List<Publication> both = toAll("x", List.of("q0", "full", "q1", "q2", "q3"));
        Transaction bounded = new Transaction(both, List.of(), true);

        assertThat(rig().await(peer.session.transact(bounded)).allStored()).isTrue();
        assertThat(failure(peer, bounded)).isEqualTo(Kind.FULL);

        for (String queue : List.of("q0", "full", "q1", "q2", "q3")) {
            assertThat(peer.stats(queue)).isEqualTo(new TopicStats(1, 0, 0));
        }
        Transaction unbounded = new Transaction(both, List.of());
        assertThat(rig().await(peer.session.transact(unbounded)).allStored()).isTrue();
    }

    private Peer withQueues() {
        Peer peer = peer();
        QUEUES.forEach(peer::queue);
        return peer;
    }

    private Settled accept(Delivery delivery) {
        return new Settled(delivery, Settlement.ACCEPT);
    }

    private Kind failure(Peer peer, Transaction transaction) {
        return rig().failure(() -> peer.session.transact(transaction));
    }

    static List<Publication> toAll(String text, List<String> queues) {
        return queues.stream()
                .map(queue -> new Publication(Peer.to(queue), Peer.content(text)))
                .toList();
    }
}
