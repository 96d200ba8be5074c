package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.ExchangeSpec.Kind;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Messages that go to several topics, of which one decides whether they are stored: what their
/// sender takes to be its newest message must be. The others are in its shard, in other shards, and
/// in memory.
interface DecidingContract extends BrokerContract {
    List<String> TARGETS = List.of("a", "b", "c", "d");

    private static Expectation last(long offset, String topic) {
        return new Expectation(Scope.STREAM, offset).in(TopicName.of(topic));
    }

    private static Publication toAll(String text, Expectation expected) {
        return new Publication(Peer.via("x", text.substring(0, 1)), Peer.content(text), expected);
    }

    /// To all, with an id: `id:text`.
    private static Publication identified(String said, Expectation expected) {
        Publication plain = DeduplicationContract.identified("x", "k", said);
        return new Publication(plain.address(), plain.content(), expected);
    }

    /// Queues of many shards and one in memory, which all get what is published to `x`.
    private Peer withTargets(QueuePolicy policy) {
        Peer peer = peer();
        rig().await(peer.session.declareExchange(Specs.exchange("x", Kind.FANOUT)));
        TARGETS.forEach(name -> target(peer, name, policy, Lifetime.DURABLE));
        target(peer, "m", policy, Specs.IN_MEMORY);
        return peer;
    }

    private void target(Peer peer, String name, QueuePolicy policy, Lifetime lifetime) {
        peer.declare(Specs.queue(name, policy, lifetime));
        rig().await(peer.session.bind(Specs.toQueue("x", name, "")));
    }

    default Outcomes decide(Peer peer, Publication... batch) {
        return rig().await(deciding(peer, batch));
    }

    private static CompletableFuture<Outcomes> deciding(Peer peer, Publication... batch) {
        CompletableFuture<Outcomes> decided = new CompletableFuture<>();
        peer.session.publish(List.of(batch), decided::complete);
        return decided;
    }

    private void holdEach(Peer peer, long count) {
        for (String each : List.of("a", "b", "c", "d", "m")) {
            assertThat(peer.stats(each).ready()).as(each).isEqualTo(count);
        }
    }

    @Test
    default void theOneThatTheSenderNamesDecidesForAll() {
        Peer peer = withTargets(QueuePolicy.NONE);
        int stored = 0;
        for (String deciding : List.of("a", "b", "c", "d", "m")) {
            peer.store(deciding, "own");
            Expectation right = last(stored, deciding);
            Outcomes outcomes =
                    decide(
                            peer,
                            toAll("first", right),
                            toAll("late", right),
                            toAll("second", last(stored + 1, deciding)),
                            toAll("early", last(stored + 3, deciding)));

            assertThat(IntStream.range(0, 4).mapToObj(outcomes::at))
                    .containsExactly(
                            Outcome.STORED, Outcome.CONFLICT, Outcome.STORED, Outcome.CONFLICT);
            assertThat(outcomes.conflict(0)).isNull();
            assertThat(outcomes.conflict(1)).isEqualTo(new Conflict(right, stored + 1));
            assertThat(outcomes.conflict(3))
                    .isEqualTo(new Conflict(last(stored + 3, deciding), stored + 2));
            peer.accept(peer.take(deciding).orElseThrow());
            rig().await(peer.session.purge(Peer.own(deciding)));
            for (String each : List.of("a", "b", "c", "d", "m")) {
                if (!each.equals(deciding)) {
                    assertThat(peer.stats(each).ready())
                            .as(each + " besides " + deciding)
                            .isEqualTo(2);
                    rig().await(peer.session.purge(Peer.own(each)));
                }
            }
            stored += 2;
        }
    }

    @Test
    default void whoAsksAboutATopicExpectsSomethingOfThatOne() {
        Peer peer = withTargets(QueuePolicy.NONE);
        peer.store("b", "own");
        Expectation right = new Expectation(Scope.STREAM, 0);
        Publication asking = toAll("new", right).asking(TopicName.of("b"));
        Outcomes outcomes = decide(peer, asking, asking);

        assertThat(outcomes.placed(0)).isEqualTo(new Placed(TopicName.of("b"), 0, 1, false));
        assertThat(outcomes.placed(1)).isNull();
        assertThat(outcomes.conflict(1)).isEqualTo(new Conflict(right, 1));
        assertThat(peer.stats("c").ready()).isEqualTo(1);
        Publication both = toAll("new", last(0, "c")).asking(TopicName.of("b"));
        assertThat(decide(peer, both).placed(0))
                .isEqualTo(new Placed(TopicName.of("b"), 0, 2, false));
        assertThat(decide(peer, toAll("new", last(0, "none"))).at(0)).isEqualTo(Outcome.UNFIT);
        assertThat(decide(peer, toAll("new", right)).at(0)).isEqualTo(Outcome.UNFIT);
    }

    @Test
    default void whatTheDecidingOneHasStoredBeforeIsStoredNowhere() {
        Peer peer =
                withTargets(QueuePolicy.NONE.with(new Admission(new Deduplication(600_000, 9))));
        Publication apart = DeduplicationContract.identified("", "c", "1:own");
        assertThat(decide(peer, apart).allStored()).isTrue();
        Publication known = identified("1:new", last(7, "c")).asking(TopicName.of("c"));
        Outcomes outcomes = decide(peer, known, identified("2:new", last(0, "c")));

        assertThat(outcomes.allStored()).isTrue();
        assertThat(outcomes.placed(0)).isEqualTo(new Placed(TopicName.of("c"), 0, 0, true));
        assertThat(peer.stats("a").ready()).isEqualTo(1);
        assertThat(peer.stats("c").ready()).isEqualTo(2);
        assertThat(peer.stats("m").ready()).isEqualTo(1);
        // Who does not decide leaves out what it knows, and the others have it.
        assertThat(decide(peer, identified("1:new", last(0, "a"))).allStored()).isTrue();
        assertThat(peer.stats("a").ready()).isEqualTo(2);
        assertThat(peer.stats("c").ready()).isEqualTo(2);
    }

    @Test
    default void whereOneOfThemIsFullNoneHasIt() {
        Peer peer = withTargets(QueuePolicy.NONE);
        Limits one = new Limits(1, -1, Overflow.REFUSE);
        target(peer, "narrow", QueuePolicy.NONE.with(one), Lifetime.DURABLE);
        Outcomes outcomes =
                decide(
                        peer,
                        toAll("1", last(-1, "a")),
                        toAll("2", last(0, "a")),
                        toAll("3", last(0, "b")),
                        toAll("4", last(0, "narrow")));
        assertThat(IntStream.range(0, 4).mapToObj(outcomes::at))
                .containsExactly(
                        Outcome.STORED, Outcome.REJECTED, Outcome.REJECTED, Outcome.REJECTED);
        holdEach(peer, 1);
        peer.accept(peer.take("narrow").orElseThrow());
        assertThat(decide(peer, toAll("5", last(0, "a"))).allStored()).isTrue();
        holdEach(peer, 2);
    }

    @Test
    default void anotherKeyThanItsOwnMayBeExpected() {
        Admission versions =
                new Admission(Deduplication.NONE, new KeyOrder(KeySource.ROUTING_KEY, ""));
        Peer peer = withTargets(QueuePolicy.NONE.with(versions));
        Expectation newest = new Expectation(Scope.KEY, -1).in(TopicName.of("b"));
        Outcomes outcomes =
                decide(
                        peer,
                        toAll("k0", newest),
                        toAll("l1", newest.about("k")),
                        toAll("l2", new Expectation(Scope.KEY, 0, TopicName.of("b"), "k")),
                        toAll("k3", newest.about("none")),
                        toAll("k4", new Expectation(Scope.KEY, 1, TopicName.of("b"), "l")));
        assertThat(IntStream.range(0, 5).mapToObj(outcomes::at))
                .containsExactly(
                        Outcome.STORED,
                        Outcome.CONFLICT,
                        Outcome.STORED,
                        Outcome.STORED,
                        Outcome.STORED);
        assertThat(outcomes.conflict(1)).isEqualTo(new Conflict(newest.about("k"), 0));
        holdEach(peer, 4);
        peer.queue("plain");
        Publication without =
                new Publication(
                        Peer.to("plain"),
                        Peer.content("a"),
                        new Expectation(Scope.KEY, -1).about("k"));
        assertThat(decide(peer, without).at(0)).isEqualTo(Outcome.UNFIT);
        Address alone = Peer.via("", "c");
        Expectation other = new Expectation(Scope.KEY, 3).about("k");
        assertThat(decide(peer, new Publication(alone, Peer.content("a"), other)).at(0))
                .isEqualTo(Outcome.STORED);
    }

    @Test
    default void ofWritersWhoExpectTheSameOneIsStored() {
        List<Peer> writers = List.of(withTargets(QueuePolicy.NONE), peer(), peer());
        for (int round = 0; round < 4; round++) {
            Expectation right = last(round - 1, TARGETS.get(round));
            String text = "round" + round;
            long stored =
                    writers.stream()
                            .map(writer -> deciding(writer, toAll(text, right)))
                            .toList()
                            .stream()
                            .filter(answer -> rig().await(answer).allStored())
                            .count();
            assertThat(stored).isEqualTo(1);
            holdEach(writers.getFirst(), round + 1L);
        }
    }

    /// What is handed over behind them does not get ahead of them, whatever it is.
    @Test
    default void theirSendersOrderIsKept() {
        Peer peer = withTargets(QueuePolicy.NONE);
        List<CompletableFuture<Outcomes>> answers = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            String deciding = TARGETS.get(i % 2);
            Publication all = toAll("all" + i, last(2L * i - 1, deciding));
            Publication apart = new Publication(Peer.via("x", "k"), Peer.content("apart" + i));
            expected.addAll(List.of("all" + i, "apart" + i));
            if (i % 3 == 0) {
                answers.add(deciding(peer, all));
                answers.add(deciding(peer, apart));
            } else {
                answers.add(deciding(peer, all, apart));
            }
        }
        for (CompletableFuture<Outcomes> answer : answers) {
            assertThat(rig().await(answer).allStored()).isTrue();
        }
        for (String each : List.of("a", "b", "c", "d", "m")) {
            assertThat(peer.readTexts(each, 0)).as(each).isEqualTo(expected);
        }
    }
}
