package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.ExchangeSpec.Kind;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.Reader;
import io.polylog.broker.Transaction;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What a publisher that asks is told about where its messages are.
interface PlacementContract extends BrokerContract {
    List<String> TARGETS = List.of("a", "b", "c", "d", "e", "f");

    private static QueuePolicy once() {
        return QueuePolicy.NONE.with(new Admission(new Deduplication(600_000, 2_000)));
    }

    private static Publication asking(Address address, String text, String about) {
        return new Publication(address, Peer.content(text)).asking(TopicName.of(about));
    }

    private static Publication identified(String queue, String said) {
        return DeduplicationContract.identified("", queue, said).asking(TopicName.of(queue));
    }

    private static Placed at(String topic, long offset) {
        return new Placed(TopicName.of(topic), 0, offset, false);
    }

    private static Placed repeats(String topic, long offset) {
        return new Placed(TopicName.of(topic), 0, offset, true);
    }

    default Outcomes outcomes(Peer peer, Publication... batch) {
        CompletableFuture<Outcomes> decided = new CompletableFuture<>();
        peer.session.publish(List.of(batch), decided::complete);
        return rig().await(decided);
    }

    default List<@Nullable Placed> places(Peer peer, Publication... batch) {
        return places(outcomes(peer, batch), batch.length);
    }

    private static List<@Nullable Placed> places(Outcomes outcomes, int size) {
        List<@Nullable Placed> places = new ArrayList<>();
        IntStream.range(0, size).forEach(i -> places.add(outcomes.placed(i)));
        return places;
    }

    @Test
    default void whoAsksIsToldTheOffsetAndNobodyElse() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        peer.store("t", "x", "x", "x");
        Publication quiet = new Publication(Peer.to("t"), Peer.content("b"));
        Outcomes outcomes =
                outcomes(
                        peer,
                        asking(Peer.to("t"), "a", "t"),
                        quiet,
                        asking(Peer.via("", "t"), "c", "t"));

        assertThat(outcomes.allStored()).isTrue();
        assertThat(places(outcomes, 3)).containsExactly(at("t", 3), null, at("t", 5));
        assertThat(places(peer, quiet)).containsOnlyNulls();
        Reader reader = peer.reader("t", 0);
        assertThat(Peer.text(rig().await(reader.read(5, 1_000)).records().getFirst()))
                .isEqualTo("c");
    }

    @Test
    default void ofManyTargetsTheOneAskedAboutIsTold() {
        Peer peer = peer();
        rig().await(peer.session.declareExchange(Specs.exchange("x", Kind.FANOUT)));
        for (int i = 0; i < TARGETS.size(); i++) {
            peer.queue(TARGETS.get(i));
            rig().await(peer.session.bind(Specs.toQueue("x", TARGETS.get(i), "")));
            peer.store(TARGETS.get(i), Integer.toString(i).repeat(i + 1).split(""));
        }
        peer.declare(Specs.queue("m", Specs.IN_MEMORY));
        rig().await(peer.session.bind(Specs.toQueue("x", "m", "")));
        peer.queue("apart");

        for (int i = 0; i < TARGETS.size(); i++) {
            Publication both = asking(Peer.via("x", ""), "new", TARGETS.get(i));
            assertThat(places(peer, both)).containsExactly(at(TARGETS.get(i), i + 1L + i));
        }
        int stored = TARGETS.size();
        assertThat(places(peer, asking(Peer.via("x", ""), "new", "m")))
                .containsExactly(at("m", stored));
        assertThat(places(peer, asking(Peer.via("x", ""), "new", "apart"))).containsOnlyNulls();
    }

    @Test
    default void thePartitionIsToldToo() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 4));
        TopicName topic = TopicName.of("t");
        Address second = new Address.Direct(topic, 2);
        assertThat(places(peer, asking(second, "a", "t"), asking(second, "b", "t")))
                .containsExactly(new Placed(topic, 2, 0, false), new Placed(topic, 2, 1, false));

        Placed chosen = places(peer, asking(Peer.via("", "t"), "c", "t")).getFirst();
        assertThat(chosen).isNotNull();
        assertThat(peer.readTexts("t", chosen.partition())).endsWith("c");
        assertThat(chosen.offset()).isEqualTo(chosen.partition() == 2 ? 2 : 0);
    }

    @Test
    default void whatIsStoredNowhereHasNoPlace() {
        Peer peer = peer();
        Limits one = new Limits(1, -1, Overflow.REFUSE);
        peer.declare(Specs.queue("q", QueuePolicy.NONE.with(one)));
        Expectation none = new Expectation(Scope.STREAM, -1);
        Publication late = new Publication(Peer.to("q"), Peer.content("b"), none);
        Outcomes outcomes =
                outcomes(
                        peer,
                        asking(Peer.to("q"), "a", "q"),
                        late.asking(TopicName.of("q")),
                        asking(Peer.to("q"), "c", "q"),
                        asking(Peer.via("", "none"), "d", "q"));

        assertThat(IntStream.range(0, 4).mapToObj(outcomes::at))
                .containsExactly(
                        Outcome.STORED, Outcome.CONFLICT, Outcome.REJECTED, Outcome.UNROUTABLE);
        assertThat(places(outcomes, 4)).containsExactly(at("q", 0), null, null, null);
    }

    @Test
    default void ofADuplicateTheOriginalIsTold() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", once()));
        peer.declare(Specs.queue("m", once(), Specs.IN_MEMORY));
        for (String queue : List.of("q", "m")) {
            peer.store(queue, "x");
            assertThat(
                            places(
                                    peer,
                                    identified(queue, "1:a"),
                                    identified(queue, "2:b"),
                                    identified(queue, "1:c"),
                                    identified(queue, "d")))
                    .containsExactly(at(queue, 1), at(queue, 2), repeats(queue, 1), at(queue, 3));
            IntStream.range(0, 3).forEach(_ -> peer.accept(peer.take(queue).orElseThrow()));
            // What nobody asked about is known as well, and what has gone.
            Publication quiet = DeduplicationContract.identified("", queue, "3:e");
            assertThat(places(peer, quiet, identified(queue, "3:f"), identified(queue, "2:g")))
                    .containsExactly(null, repeats(queue, 4), repeats(queue, 2));
        }
    }

    @Test
    default void aTransactionTellsAllItsPlaces() {
        Peer peer = peer();
        TARGETS.forEach(queue -> peer.declare(Specs.queue(queue, once())));
        peer.declare(Specs.queue("m", once(), Specs.IN_MEMORY));
        peer.store("b", "x", "x");
        places(peer, identified("c", "7:x"));
        List<Publication> all = new ArrayList<>();
        TARGETS.forEach(queue -> all.add(identified(queue, "7:new")));
        all.add(identified("m", "7:new"));
        all.add(identified("a", "8:new"));
        all.add(identified("a", "7:again"));
        all.add(DeduplicationContract.identified("", "a", "9:new"));
        all.add(asking(Peer.to("none"), "nowhere", "a"));
        Outcomes outcomes = rig().await(peer.session.transact(new Transaction(all, List.of())));

        assertThat(places(outcomes, all.size()))
                .containsExactly(
                        at("a", 0),
                        at("b", 2),
                        repeats("c", 0),
                        at("d", 0),
                        at("e", 0),
                        at("f", 0),
                        at("m", 0),
                        at("a", 1),
                        repeats("a", 0),
                        null,
                        null);
        assertThat(outcomes.at(10)).isEqualTo(Outcome.NOT_FOUND);
        List<Publication> one = List.of(identified("a", "10:b"), identified("a", "8:b"));
        Transaction alone = new Transaction(one, List.of(), true);
        assertThat(places(rig().await(peer.session.transact(alone)), 2))
                .containsExactly(at("a", 3), repeats("a", 1));
    }

    /// What outlives the process.
    interface Durable extends PlacementContract {
        @Override
        Rig.Durable rig();

        @Test
        default void ofADuplicateTheOriginalIsToldAfterARestart() {
            Peer peer = peer();
            peer.declare(Specs.queue("q", once()));
            peer.store("q", "x", "x");
            places(peer, numbered(0, 700));
            rig().checkpoint();
            peer.store("q", "x");
            places(peer, numbered(700, 900));
            rig().restart();

            List<@Nullable Placed> expected =
                    IntStream.range(0, 900)
                            .mapToObj(id -> repeats("q", id < 700 ? id + 2 : id + 3))
                            .toList();
            assertThat(places(peer(), numbered(0, 900))).isEqualTo(expected);
            assertThat(places(peer(), identified("q", "new:m"))).containsExactly(at("q", 903));
        }

        private static Publication[] numbered(int from, int end) {
            return IntStream.range(from, end)
                    .mapToObj(id -> identified("q", id + ":m"))
                    .toArray(Publication[]::new);
        }
    }
}
