package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Delivery;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.Transaction;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Publishes that are stored only if what their sender takes to be the newest message is.
interface ExpectationContract extends BrokerContract {
    Admission VERSIONS =
            new Admission(Deduplication.NONE, new KeyOrder(KeySource.HEADER, "account"));

    private static TopicSpec versioned(TopicSpec plain) {
        return new TopicSpec(
                plain.name(),
                plain.form(),
                1,
                plain.retention(),
                plain.lifetime(),
                QueuePolicy.NONE.with(VERSIONS),
                Map.of());
    }

    /// A text whose first letter is its key.
    static Publication keyed(String text, @Nullable Expectation expected) {
        return keyed("q", text, expected);
    }

    private static Publication keyed(String queue, String text, @Nullable Expectation expected) {
        Map<String, @Nullable Object> headers = Map.of("account", text.substring(0, 1));
        return new Publication(
                new Address.Via(Specs.NS, "", queue, () -> headers), Peer.content(text), expected);
    }

    static Expectation last(long offset) {
        return new Expectation(Scope.STREAM, offset);
    }

    static Expectation version(long offset) {
        return new Expectation(Scope.KEY, offset);
    }

    default Outcomes send(Peer peer, Publication... batch) {
        CompletableFuture<Outcomes> decided = new CompletableFuture<>();
        peer.session.publish(List.of(batch), decided::complete);
        return rig().await(decided);
    }

    private static List<Outcome> list(Outcomes outcomes, int size) {
        return IntStream.range(0, size).mapToObj(outcomes::at).toList();
    }

    @Test
    default void onlyWhoKnowsTheNewestMessageOfAStreamIsStored() {
        Peer peer = peer();
        peer.declare(Specs.stream("q", 1));
        Outcomes outcomes =
                send(
                        peer,
                        keyed("a", last(-1)),
                        keyed("b", last(-1)),
                        keyed("c", last(0)),
                        keyed("d", null),
                        keyed("e", last(1)),
                        keyed("f", last(2)));
        assertThat(list(outcomes, 6))
                .containsExactly(
                        Outcome.STORED,
                        Outcome.CONFLICT,
                        Outcome.STORED,
                        Outcome.STORED,
                        Outcome.CONFLICT,
                        Outcome.STORED);
        assertThat(outcomes.conflict(0)).isNull();
        assertThat(outcomes.conflict(1)).isEqualTo(new Conflict(last(-1), 0));
        assertThat(outcomes.conflict(4)).isEqualTo(new Conflict(last(1), 2));
        assertThat(peer.readTexts("q", 0)).containsExactly("a", "c", "d", "f");
    }

    @Test
    default void aQueueGoesOnCountingWhatWasConsumed() {
        Peer peer = peer();
        peer.queue("q");
        send(peer, keyed("a", last(-1)));
        peer.accept(peer.take("q").orElseThrow());
        assertThat(send(peer, keyed("b", last(-1))).conflict(0))
                .isEqualTo(new Conflict(last(-1), 0));
        assertThat(send(peer, keyed("c", last(0))).at(0)).isEqualTo(Outcome.STORED);
        assertThat(peer.take("q").map(Delivery::offset)).hasValue(1L);
    }

    @Test
    default void onlyWhoKnowsTheNewestMessageOfAKeyIsStored() {
        Peer peer = peer();
        peer.declare(versioned(Specs.stream("q", 1)));
        Outcomes outcomes =
                send(
                        peer,
                        keyed("a0", version(-1)),
                        keyed("b1", version(-1)),
                        keyed("a", version(1)),
                        keyed("a2", version(0)),
                        keyed("a", version(0)),
                        keyed("b3", null),
                        keyed("b4", version(3)));
        assertThat(list(outcomes, 7))
                .containsExactly(
                        Outcome.STORED,
                        Outcome.STORED,
                        Outcome.CONFLICT,
                        Outcome.STORED,
                        Outcome.CONFLICT,
                        Outcome.STORED,
                        Outcome.STORED);
        assertThat(outcomes.conflict(2)).isEqualTo(new Conflict(version(1), 0));
        assertThat(outcomes.conflict(4)).isEqualTo(new Conflict(version(0), 2));
        assertThat(peer.readTexts("q", 0)).containsExactly("a0", "b1", "a2", "b3", "b4");
    }

    @Test
    default void oneOfTwoWritersLoses() {
        Peer one = peer();
        Peer other = peer();
        one.declare(versioned(Specs.stream("q", 1)));
        CompletableFuture<List<Outcome>> first = one.send(List.of(keyed("a1", version(-1))));
        CompletableFuture<List<Outcome>> second = other.send(List.of(keyed("a2", version(-1))));
        assertThat(List.of(rig().await(first).getFirst(), rig().await(second).getFirst()))
                .containsExactlyInAnyOrder(Outcome.STORED, Outcome.CONFLICT);
        assertThat(one.readTexts("q", 0)).hasSize(1);
    }

    @Test
    default void theVersionOfAKeyGoesWithItsMessage() {
        Peer peer = peer();
        peer.declare(versioned(Specs.queue("q")));
        send(peer, keyed("a", null), keyed("b", null));
        peer.accept(peer.take("q").orElseThrow());
        assertThat(send(peer, keyed("b", version(-1))).conflict(0))
                .isEqualTo(new Conflict(version(-1), 1));
        assertThat(send(peer, keyed("a", version(0))).conflict(0))
                .isEqualTo(new Conflict(version(0), -1));
        assertThat(send(peer, keyed("a", version(-1))).at(0)).isEqualTo(Outcome.STORED);
    }

    @Test
    default void whatCannotBeToldIsRefused() {
        Peer peer = peer();
        peer.queue("q");
        peer.declare(versioned(Specs.queue("v")));
        rig().await(peer.session.declareExchange(Specs.exchange("x", ExchangeSpec.Kind.FANOUT)));
        rig().await(peer.session.bind(Specs.toQueue("x", "q", "")));
        Publication toOne = new Publication(Peer.via("x", ""), Peer.content("a"), last(-1));
        assertThat(send(peer, toOne).at(0)).isEqualTo(Outcome.STORED);
        rig().await(peer.session.bind(Specs.toQueue("x", "v", "")));
        assertThat(send(peer, toOne).at(0)).isEqualTo(Outcome.UNFIT);
        assertThat(send(peer, keyed("b", version(-1))).at(0)).isEqualTo(Outcome.UNFIT);
        Publication keyless = new Publication(Peer.via("", "v"), Peer.content("c"), version(-1));
        assertThat(send(peer, keyless).at(0)).isEqualTo(Outcome.UNFIT);
        Publication nowhere = new Publication(Peer.via("", "none"), Peer.content("d"), last(-1));
        assertThat(send(peer, nowhere).at(0)).isIn(Outcome.NOT_FOUND, Outcome.UNROUTABLE);

        assertThat(peer.stats("q").ready()).isEqualTo(1);
        assertThat(peer.stats("v").ready()).isZero();
    }

    @Test
    default void whatATransactionOrATransferStoresIsTheNewestToo() {
        Peer peer = peer();
        peer.declare(versioned(Specs.queue("q")));
        peer.declare(Specs.queue("source", QueuePolicy.NONE.with(new DeadLetters("", "q"))));
        rig().await(peer.session.transact(new Transaction(List.of(keyed("a", null)), List.of())));
        assertThat(send(peer, keyed("a", version(-1))).conflict(0))
                .isEqualTo(new Conflict(version(-1), 0));
        send(peer, keyed("source", "b", null));
        peer.reject(peer.take("source").orElseThrow());
        rig().await("it is moved", () -> peer.stats("q").ready() == 2);
        assertThat(send(peer, keyed("x", last(0))).conflict(0)).isEqualTo(new Conflict(last(0), 1));
    }

    @Test
    default void whatIsSentAgainIsNoConflict() {
        Peer peer = peer();
        TopicSpec plain = Specs.queue("q");
        Admission both = new Admission(new Deduplication(10_000, 10), VERSIONS.versions());
        peer.declare(
                new TopicSpec(
                        plain.name(),
                        plain.form(),
                        1,
                        plain.retention(),
                        plain.lifetime(),
                        QueuePolicy.NONE.with(both),
                        Map.of()));
        Publication first = DeduplicationContract.identified("", "q", "1:a");
        Publication expecting = new Publication(first.address(), first.content(), last(-1));
        Outcomes outcomes = send(peer, expecting, expecting);
        assertThat(list(outcomes, 2)).containsOnly(Outcome.STORED);
        assertThat(peer.stats("q").ready()).isEqualTo(1);
    }

    /// What outlives the process.
    interface Durable extends ExpectationContract {
        @Override
        Rig.Durable rig();

        @Test
        default void versionsAreKnownAfterARestart() {
            Peer peer = peer();
            peer.declare(versioned(Specs.stream("q", 1)));
            send(peer, keyed("a", null), keyed("b", null));
            rig().checkpoint();
            send(peer, keyed("a", null));
            rig().restart();
            Peer again = peer();
            Publication[] batch =
                    Arrays.stream(new long[] {0, 2})
                            .mapToObj(version -> keyed("a", version(version)))
                            .toArray(Publication[]::new);
            assertThat(send(again, batch).conflict(0)).isEqualTo(new Conflict(version(0), 2));
            assertThat(again.readTexts("q", 0)).containsExactly("a", "b", "a", "a");
            assertThat(send(again, keyed("b", version(1))).at(0)).isEqualTo(Outcome.STORED);
        }
    }
}
