package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Limit;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.Purge;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.SubjectView;
import io.polylog.broker.SubjectView.Count;
import io.polylog.broker.SubjectView.Held;
import io.polylog.broker.SubjectView.Last;
import io.polylog.broker.SubjectView.Page;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.PerSubject;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.Transaction;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/// Topics that know the subjects of their messages.
interface SubjectsContract extends BrokerContract {
    TopicName T = TopicName.of("t");

    static Retention retention(long perSubject) {
        return Retention.FOREVER.withRemoval().withPerSubject(perSubject);
    }

    static TopicSpec indexed(String name, long perSubject) {
        return indexed(name, perSubject, Lifetime.DURABLE);
    }

    static TopicSpec indexed(String name, long perSubject, Lifetime lifetime) {
        KeyOrder bySubject = new KeyOrder(KeySource.ROUTING_KEY, "");
        Admission admission = new Admission(Admission.FREE.deduplication(), bySubject).withIndex();
        return new TopicSpec(
                TopicName.of(name),
                Form.MESSAGES,
                1,
                retention(perSubject),
                lifetime,
                QueuePolicy.NONE.with(admission),
                Map.of());
    }

    private Peer open(long perSubject) {
        return open(indexed("t", perSubject));
    }

    private Peer open(TopicSpec spec) {
        Peer peer = peer();
        peer.declare(spec);
        rig().await(peer.session.declareExchange(Specs.exchange("x", ExchangeSpec.Kind.TOPIC)));
        rig().await(peer.session.bind(Specs.toQueue("x", "t", "#")));
        return peer;
    }

    private static Publication on(String subject) {
        return new Publication(Peer.via("x", subject), Peer.content(subject));
    }

    private static Publication on(String subject, long newest) {
        Expectation expected = new Expectation(Scope.KEY, newest);
        return new Publication(Peer.via("x", subject), Peer.content(subject), expected);
    }

    private List<Outcome> publish(Peer peer, Publication... batch) {
        return rig().await(peer.send(List.of(batch)));
    }

    private void store(Peer peer, String... subjects) {
        List<Publication> batch = Arrays.stream(subjects).map(SubjectsContract::on).toList();
        assertThat(rig().await(peer.send(batch))).containsOnly(Outcome.STORED);
    }

    private void remove(Peer peer, Long... offsets) {
        rig().await(peer.session.remove(T, 0, List.of(offsets)));
    }

    private static SubjectView view(Peer peer) {
        return peer.session.subjects(T, 0);
    }

    @Test
    default void whatIsThereIsFoundByItsSubject() {
        Peer peer = open(-1);
        store(peer, "a.x", "b", "a.y", "a.x", "c.x.z", "b");
        SubjectView view = view(peer);
        assertThat(rig().await(view.last("a.x", Long.MAX_VALUE))).isEqualTo(3);
        assertThat(rig().await(view.last("a.x", 3))).isZero();
        assertThat(rig().await(view.last("a.*", 3))).isEqualTo(2);
        assertThat(rig().await(view.last("none", 9))).isEqualTo(-1);
        assertThat(rig().await(view.next(List.of("b", "c.#"), 2))).isEqualTo(4);
        assertThat(rig().await(view.next(List.of("a.#"), 4))).isEqualTo(-1);
        Count count = rig().await(view.count(List.of("a.#"), 1, Long.MAX_VALUE));
        assertThat(count.count()).isEqualTo(2);
        assertThat(count.end()).isEqualTo(6);
        assertThat(rig().await(view.distinct())).isEqualTo(4);
        assertThat(rig().await(view.subjects("#", null, 3)))
                .isEqualTo(
                        new Page<>(
                                List.of(new Held("a.x", 2), new Held("a.y", 1), new Held("b", 2)),
                                "b"));
        assertThat(rig().await(view.subjects("#", "b", 3)))
                .isEqualTo(new Page<>(List.of(new Held("c.x.z", 1)), null));
        assertThat(rig().await(view.lastOfEach(List.of("*", "a.*"), 5, null, 9)))
                .isEqualTo(
                        new Page<>(
                                List.of(new Last("a.x", 3), new Last("a.y", 2), new Last("b", 1)),
                                null));
        store(peer, "a.z");
        assertThat(rig().await(view.last("#", Long.MAX_VALUE))).isEqualTo(6);
        assertThat(rig().await(view.count(List.of("#"), count.end(), 99)).removals())
                .isEqualTo(count.removals());
    }

    @Test
    default void theNewestThatIsLeftIsWhatIsExpected() {
        Peer peer = open(-1);
        store(peer, "k", "k", "other", "k");
        assertThat(publish(peer, on("k", 1))).containsExactly(Outcome.CONFLICT);
        remove(peer, 3L);
        assertThat(rig().await(view(peer).last("k", 99))).isEqualTo(1);
        assertThat(publish(peer, on("k", 3), on("k", 1), on("k", 4)))
                .containsExactly(Outcome.CONFLICT, Outcome.STORED, Outcome.STORED);
        remove(peer, 0L, 1L, 4L, 5L);
        assertThat(publish(peer, on("k", 5), on("k", -1)))
                .containsExactly(Outcome.CONFLICT, Outcome.STORED);
        Expectation about = new Expectation(Scope.KEY, 2).about("other");
        Publication named = new Publication(Peer.via("x", "k"), Peer.content("k"), about);
        assertThat(publish(peer, named)).containsExactly(Outcome.STORED);
        Expectation wrong = new Expectation(Scope.KEY, 7).about("other");
        Publication late = new Publication(Peer.via("x", "k"), Peer.content("k"), wrong);
        assertThat(publish(peer, late)).containsExactly(Outcome.CONFLICT);
    }

    @Test
    default void theNewestOfAllThatFitIsExpected() {
        Peer peer = open(-1);
        store(peer, "a.x", "a.y", "b", "ab", "a.x.z");
        assertThat(publish(peer, on("b", "a.*", 0), on("b", "a.*", 1), on("a.z", "a.#", 4)))
                .containsExactly(Outcome.CONFLICT, Outcome.STORED, Outcome.STORED);
        assertThat(publish(peer, on("b", "a.#", 4), on("b", "c.#", -1)))
                .containsExactly(Outcome.CONFLICT, Outcome.STORED);
        remove(peer, 6L, 1L);
        assertThat(publish(peer, on("b", "a.*", 1), on("b", "a.*", 0)))
                .containsExactly(Outcome.CONFLICT, Outcome.STORED);
        peer.declare(Specs.queue("u"));
        assertThat(
                        publish(
                                peer,
                                new Publication(
                                        Peer.to("u"),
                                        Peer.content("u"),
                                        new Expectation(Scope.FITTING, -1, null, "#"))))
                .containsExactly(Outcome.UNFIT);
    }

    private static Publication on(String subject, String pattern, long newest) {
        Expectation expected = new Expectation(Scope.FITTING, newest, null, pattern);
        return new Publication(Peer.via("x", subject), Peer.content(subject), expected);
    }

    @Test
    default void ofEachSubjectTheNewestStay() {
        Peer peer = open(2);
        store(peer, "a", "b", "a", "a", "b", "a");
        assertThat(peer.readTexts("t", 0)).containsExactly("b", "a", "b", "a");
        assertThat(peer.reader("t", 0).startOffset()).isEqualTo(1);
        assertThat(peer.stats("t").ready()).isEqualTo(4);

        rig().await(peer.session.alterTopic(T, retention(1), Map.of()));
        assertThat(peer.readTexts("t", 0)).containsExactly("b", "a");
        store(peer, "b", "c");
        assertThat(peer.readTexts("t", 0)).containsExactly("a", "b", "c");
        rig().await(peer.session.alterTopic(T, retention(-1), Map.of()));
        store(peer, "a", "a");
        assertThat(rig().await(view(peer).subjects("a", null, 9)).all())
                .containsExactly(new Held("a", 3));
    }

    @Test
    default void moreOfASubjectAreRefused() {
        TopicSpec spec = indexed("t", 2);
        Retention refusing = Retention.FOREVER.withRemoval().with(new PerSubject(2, true));
        Peer peer = open(spec);
        rig().await(peer.session.alterTopic(T, refusing, Map.of()));
        assertThat(publish(peer, on("a"), on("a"), on("b"), on("a")))
                .containsExactly(Outcome.STORED, Outcome.STORED, Outcome.STORED, Outcome.REJECTED);
        CompletableFuture<Outcomes> decided = new CompletableFuture<>();
        peer.session.publish(List.of(on("a")), decided::complete);
        assertThat(rig().await(decided).limit(0)).isEqualTo(Limit.SUBJECT);
        assertThat(publish(peer, on("a").replacing(Replaces.KEY), on("a"), on("a")))
                .containsExactly(Outcome.STORED, Outcome.STORED, Outcome.REJECTED);
        assertThat(peer.readTexts("t", 0)).containsExactly("b", "a", "a");
    }

    @Test
    default void oneThatReplacesAnotherNeedsNoRoom() {
        Peer peer = open(1);
        Limits limits = new Limits(2, 8, Overflow.REFUSE);
        QueuePolicy policy = indexed("t", 1).policy().with(limits);
        rig().await(peer.session.alterTopic(T, retention(1), policy, Map.of()));
        assertThat(publish(peer, on("aaaa"), on("bbb"), on("c"), on("bbb")))
                .containsExactly(Outcome.STORED, Outcome.STORED, Outcome.REJECTED, Outcome.STORED);
        assertThat(publish(peer, text("bbb", "bbbb"), text("bbb", "bbbbb"), text("bbb", "b")))
                .containsExactly(Outcome.STORED, Outcome.REJECTED, Outcome.STORED);
        assertThat(peer.readTexts("t", 0)).containsExactly("aaaa", "b");
    }

    private static Publication text(String subject, String text) {
        return new Publication(Peer.via("x", subject), Peer.content(text));
    }

    @Test
    default void aMessageTakesThePlaceOfOthersWhereItIsStored() {
        Peer peer = open(-1);
        store(peer, "a", "b", "a", "b");
        assertThat(publish(peer, on("a", 0).replacing(Replaces.KEY)))
                .containsExactly(Outcome.CONFLICT);
        assertThat(peer.stats("t").ready()).isEqualTo(4);
        assertThat(publish(peer, on("a", 2).replacing(Replaces.KEY)))
                .containsExactly(Outcome.STORED);
        assertThat(peer.readTexts("t", 0)).containsExactly("b", "b", "a");
        assertThat(publish(peer, on("c").replacing(Replaces.STREAM), on("d")))
                .containsExactly(Outcome.STORED, Outcome.STORED);
        assertThat(peer.readTexts("t", 0)).containsExactly("c", "d");

        peer.queue("q");
        peer.declare(Specs.stream("s", 1));
        rig().await(peer.session.bind(Specs.toQueue("x", "q", "both")));
        Publication both = on("both").replacing(Replaces.STREAM);
        assertThat(publish(peer, both, both.asking(TopicName.of("q")), both.asking(T)))
                .containsExactly(Outcome.UNFIT, Outcome.UNFIT, Outcome.STORED);
        assertThat(peer.readTexts("t", 0)).containsExactly("both");
        assertThat(peer.stats("q").ready()).isEqualTo(1);
        Publication fixed = new Publication(Peer.to("s"), Peer.content("x"));
        assertThat(publish(peer, fixed.replacing(Replaces.STREAM))).containsExactly(Outcome.UNFIT);
    }

    @Test
    default void whatComesInATransactionIsKnownToo() {
        Peer peer = open(1);
        peer.queue("q");
        store(peer, "a", "b");
        Publication other = new Publication(Peer.to("q"), Peer.content("x"));
        List<Publication> all = List.of(on("a"), other, on("c"));
        rig().await(peer.session.transact(new Transaction(all, List.of())));
        assertThat(peer.readTexts("t", 0)).containsExactly("b", "a", "c");
        assertThat(rig().await(view(peer).last("a", 99))).isEqualTo(2);
    }

    @Test
    default void aPurgeTakesWhatFits() {
        Peer peer = open(-1);
        store(peer, "a.x", "b", "a.y", "a.x", "b", "a.z");
        Purge fitting = Purge.ALL.of(List.of("a.*"));
        assertThat(rig().await(peer.session.purge(T, fitting.keeping(2)))).isEqualTo(2);
        assertThat(peer.readTexts("t", 0)).containsExactly("b", "a.x", "b", "a.z");
        assertThat(rig().await(peer.session.purge(T, fitting.below(5)))).isEqualTo(1);
        assertThat(rig().await(peer.session.purge(T, fitting))).isEqualTo(1);
        assertThat(peer.readTexts("t", 0)).containsExactly("b", "b");
        assertThat(rig().await(peer.session.purge(T, fitting.of(List.of("none"))))).isZero();
    }

    @Test
    default void whatIsAskedWronglyIsRefused() {
        Peer peer = open(-1);
        peer.declare(RemovalContract.removable("plain", Lifetime.DURABLE));
        TopicName plain = TopicName.of("plain");
        SubjectView view = view(peer);
        assertThat(rig().failure(() -> view.next(List.of(), 0))).isEqualTo(Kind.INVALID);
        assertThat(rig().failure(() -> view.count(List.of("a"), 5, 4))).isEqualTo(Kind.INVALID);
        assertThat(rig().failure(() -> view.subjects("#", null, 0))).isEqualTo(Kind.INVALID);
        assertThat(rig().failure(() -> peer.session.purge(plain, Purge.ALL.of(List.of("a")))))
                .isEqualTo(Kind.INVALID);
        assertThat(rig().failure(() -> peer.session.alterTopic(plain, retention(3), Map.of())))
                .isEqualTo(Kind.INVALID);
        Assertions.assertThatThrownBy(() -> peer.session.subjects(plain, 0))
                .isInstanceOf(BrokerException.class);
        Assertions.assertThatThrownBy(() -> peer.session.subjects(T, 1))
                .isInstanceOf(BrokerException.class);
        Assertions.assertThatThrownBy(() -> retention(0))
                .isInstanceOf(IllegalArgumentException.class);
        String longest = "x".repeat(16 * 1024);
        assertThat(publish(peer, on(longest + "x"), on(longest)))
                .containsExactly(Outcome.REJECTED, Outcome.STORED);
        peer.delete("t");
        assertThat(rig().failure(() -> view.last("a", 9))).isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    default void whatLivesInMemoryHasAnIndexToo() {
        Peer peer = open(indexed("t", 1, Specs.IN_MEMORY));
        store(peer, "a", "b", "a");
        assertThat(peer.readTexts("t", 0)).containsExactly("b", "a");
        assertThat(rig().await(view(peer).distinct())).isEqualTo(2);
    }

    /// What outlives the process.
    interface Durable extends SubjectsContract {
        @Override
        Rig.Durable rig();

        @Test
        default void theIndexIsThereAfterARestart() {
            Peer peer = peer();
            peer.declare(indexed("t", 3));
            rig().await(peer.session.declareExchange(Specs.exchange("x", ExchangeSpec.Kind.TOPIC)));
            rig().await(peer.session.bind(Specs.toQueue("x", "t", "#")));
            List<Publication> batch = new ArrayList<>();
            IntStream.range(0, 4_000).forEach(i -> batch.add(on("s." + i % 900)));
            assertThat(rig().await(peer.send(batch))).containsOnly(Outcome.STORED);
            rig().checkpoint();
            IntStream.range(0, 10).forEach(i -> rig().await(peer.send(List.of(on("s." + i)))));
            rig().await(peer.session.remove(T, 0, List.of(4_009L, 4_008L)));
            rig().restart();

            SubjectView view = peer().session.subjects(T, 0);
            assertThat(rig().await(view.distinct())).isEqualTo(900);
            assertThat(rig().await(view.last("s.9", 9_999))).isEqualTo(3_609);
            assertThat(rig().await(view.last("s.7", 9_999))).isEqualTo(4_007);
            assertThat(rig().await(view.count(List.of("#"), 0, 9_999)).count())
                    .isEqualTo(3 * 900 - 2);
            assertThat(rig().await(view.subjects("s.7", null, 5)).all())
                    .containsExactly(new Held("s.7", 3));
        }
    }
}
