package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Delivery;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.Settlement;
import io.polylog.broker.Topic;
import io.polylog.broker.Transaction;
import io.polylog.broker.Transaction.Settled;
import io.polylog.broker.TransactionException;
import io.polylog.broker.TransactionException.Why;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Transactions whose messages expect something of a topic, in which they are among others: all of
/// it holds before anything is stored, or nothing is.
interface ConditionalTransactionContract extends BrokerContract {
    List<String> BESIDES = List.of("a", "b", "c", "m");

    TopicName DECIDES = TopicName.of("t");

    private static Expectation last(long offset) {
        return new Expectation(Scope.STREAM, offset).in(DECIDES);
    }

    private static Expectation unknown() {
        return new Expectation(Scope.ANY, -1).in(DECIDES);
    }

    /// To all, with an id: `id:text`.
    private static Publication toAll(String said, Expectation expected) {
        Publication plain = DeduplicationContract.identified("x", "k", said);
        return new Publication(plain.address(), plain.content(), expected, DECIDES);
    }

    /// A queue that knows ids, queues of all shards, and one in memory; all get what is published
    /// to `x`.
    private Peer withTopics() {
        Peer peer = peer();
        Admission once = new Admission(new Deduplication(600_000, 5_000));
        peer.declare(Specs.queue("t", QueuePolicy.NONE.with(once)));
        peer.declare(Specs.queue("m", Specs.IN_MEMORY));
        List.of("a", "b", "c").forEach(peer::queue);
        rig().await(peer.session.declareExchange(Specs.exchange("x", ExchangeSpec.Kind.FANOUT)));
        rig().await(peer.session.bind(Specs.toQueue("x", "t", "")));
        BESIDES.forEach(name -> rig().await(peer.session.bind(Specs.toQueue("x", name, ""))));
        return peer;
    }

    private Outcomes transact(Peer peer, Publication... all) {
        return rig().await(peer.session.transact(new Transaction(List.of(all), List.of(), true)));
    }

    private TransactionException refused(Peer peer, Publication... all) {
        return catchThrowableOfType(TransactionException.class, () -> transact(peer, all));
    }

    private void holdEach(Peer peer, long count) {
        assertThat(peer.stats("t").ready()).isEqualTo(count);
        BESIDES.forEach(each -> assertThat(peer.stats(each).ready()).as(each).isEqualTo(count));
    }

    @Test
    default void aThousandMessagesAreStoredEverywhereAndToldTheirPlaces() {
        Peer peer = withTopics();
        Publication[] many =
                IntStream.range(0, 1_000)
                        .mapToObj(i -> toAll(i + ":m" + i, i == 0 ? last(-1) : unknown()))
                        .toArray(Publication[]::new);
        Outcomes outcomes = transact(peer, many);

        assertThat(outcomes.allStored()).isTrue();
        for (int i = 0; i < many.length; i++) {
            assertThat(outcomes.placed(i)).isEqualTo(new Placed(DECIDES, 0, i, false));
        }
        holdEach(peer, 1_000);
        assertThat(refused(peer, many).why()).isEqualTo(Why.DUPLICATE);
        holdEach(peer, 1_000);
    }

    @Test
    default void whatIsExpectedHoldsBeforeTheTransaction() {
        Peer peer = withTopics();
        transact(peer, toAll("a", last(-1)), toAll("b", last(-1)), toAll("c", last(-1)));
        holdEach(peer, 3);

        TransactionException why =
                refused(peer, toAll("d", last(2)), toAll("e", last(2)), toAll("f", last(3)));
        assertThat(why.place()).isEqualTo(2);
        assertThat(why.why()).isEqualTo(Why.CONFLICT);
        assertThat(why.kind()).isEqualTo(Kind.CONFLICT);
        assertThat(why.conflict()).isEqualTo(new Conflict(last(3), 2));
        holdEach(peer, 3);
        assertThat(transact(peer, toAll("d", last(2))).placed(0))
                .isEqualTo(new Placed(DECIDES, 0, 3, false));
    }

    @Test
    default void whatWasStoredBeforeKeepsTheOthersOut() {
        Peer peer = withTopics();
        transact(peer, toAll("1:a", unknown()), toAll("2:b", unknown()));
        TransactionException known =
                refused(peer, toAll("3:c", unknown()), toAll("2:d", unknown()));
        assertThat(known.place()).isEqualTo(1);
        assertThat(known.why()).isEqualTo(Why.DUPLICATE);
        assertThat(known.conflict()).isNull();
        TransactionException twice =
                refused(
                        peer,
                        toAll("3:c", unknown()),
                        toAll("4:d", unknown()),
                        toAll("3:e", last(1)));
        assertThat(twice.place()).isEqualTo(2);
        assertThat(twice.why()).isEqualTo(Why.DUPLICATE);
        holdEach(peer, 2);
        // Who expects nothing is left out where it is known, as ever.
        Publication free = DeduplicationContract.identified("", "t", "2:f");
        assertThat(transact(peer, free, toAll("3:g", last(1))).allStored()).isTrue();
        holdEach(peer, 3);
    }

    @Test
    default void aFullTargetIsToldWithThePlaceOfTheMessage() {
        Peer peer = withTopics();
        Limits one = new Limits(1, -1, Overflow.REFUSE);
        peer.declare(Specs.queue("narrow", QueuePolicy.NONE.with(one)));
        peer.store("narrow", "x");
        Publication full = new Publication(Peer.to("narrow"), Peer.content("y"));
        TransactionException why = refused(peer, toAll("a", last(-1)), full);
        assertThat(why.place()).isEqualTo(1);
        assertThat(why.why()).isEqualTo(Why.FULL);
        assertThat(why.kind()).isEqualTo(Kind.FULL);
        holdEach(peer, 0);
    }

    @Test
    default void aConflictGivesDeliveriesBack() {
        Peer peer = withTopics();
        peer.store("a", "old");
        Delivery held = peer.take("a").orElseThrow();
        Transaction late =
                new Transaction(
                        List.of(toAll("new", last(7))),
                        List.of(new Settled(held, Settlement.ACCEPT)));
        assertThatThrownBy(() -> rig().await(peer.session.transact(late)))
                .isInstanceOf(TransactionException.class);
        assertThat(peer.take("a").orElseThrow().attempt()).isEqualTo(1);
        assertThat(peer.stats("t").ready()).isZero();
    }

    @Test
    default void topicsOfSeveralShardsCannotDecideTogether() {
        Peer peer = peer();
        Topic one = peer.queue("a");
        for (String name : List.of("b", "c", "d", "e")) {
            Topic other = peer.queue(name);
            Expectation none = new Expectation(Scope.STREAM, -1);
            Publication[] both = {
                new Publication(Peer.to("a"), Peer.content("x"), none),
                new Publication(Peer.to(name), Peer.content("x"), none)
            };
            boolean together =
                    one.partitions().getFirst().shard() == other.partitions().getFirst().shard();
            if (together) {
                assertThat(transact(peer, both).allStored()).isTrue();
                peer.delete("a");
                one = peer.queue("a");
            } else {
                assertThatThrownBy(() -> transact(peer, both))
                        .isInstanceOfSatisfying(
                                BrokerException.class,
                                why -> assertThat(why.kind()).isEqualTo(Kind.INVALID));
            }
            assertThat(peer.stats(name).ready()).isEqualTo(together ? 1 : 0);
        }
    }
}
