package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.Append;
import io.polylog.broker.AppendListener;
import io.polylog.broker.BrokerException;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Live;
import io.polylog.broker.LiveMessage;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Copies;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.Topic;
import io.polylog.broker.Transaction;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Listening to subjects, with nothing kept.
interface LiveContract extends BrokerContract {
    private void awaitHeard(Ears ears, int count) {
        rig().await(count + " messages", () -> ears.messages.size() >= count);
        rig().quiesce();
    }

    @Test
    default void whoListensHearsWhatFitsFromThenOn() {
        Peer peer = peer();
        assertThat(peer.publish(Peer.subject("a.b"), "before")).isEqualTo(Outcome.UNROUTABLE);
        Ears ears = Ears.of(peer(), "a.*", "#.c");

        assertThat(peer.publish(Peer.subject("a.b"), "1")).isEqualTo(Outcome.STORED);
        assertThat(peer.publish(Peer.via(Rig.SUBJECTS, "x.y.c"), "2")).isEqualTo(Outcome.STORED);
        assertThat(peer.publish(Peer.subject("a.b.d"), "3")).isEqualTo(Outcome.UNROUTABLE);
        awaitHeard(ears, 2);
        assertThat(ears.texts()).containsExactly("1", "2");
        assertThat(ears.subjects()).containsExactly("a.b", "x.y.c");
    }

    @Test
    default void aMessageIsHeardOnceHoweverManyPatternsAndKeysFit() {
        Peer peer = peer();
        Ears ears = Ears.of(peer(), "a.b", "a.*", "#", "c");
        Copies copies = new Copies(List.of("c", "a.d"), List.of());
        Address address = new Address.Via(Specs.NS, Rig.SUBJECTS, "a.b", copies, Map::of);

        assertThat(peer.publish(address, "1")).isEqualTo(Outcome.STORED);
        awaitHeard(ears, 1);
        assertThat(ears.subjects()).containsExactly("a.b");
    }

    @Test
    default void whoStopsListeningHearsNoMore() {
        Peer peer = peer();
        Peer other = peer();
        Ears ears = new Ears();
        Live live = other.session.listen(Specs.NS, ears);
        live.add("a");
        live.add("a");
        live.add("b");
        live.remove("a");

        assertThat(peer.publish(Peer.subject("a"), "1")).isEqualTo(Outcome.UNROUTABLE);
        assertThat(peer.publish(Peer.subject("b"), "2")).isEqualTo(Outcome.STORED);
        awaitHeard(ears, 1);
        other.close();
        live.add("c");

        for (String subject : new String[] {"a", "b", "c"}) {
            assertThat(peer.publish(Peer.subject(subject), "3"))
                    .as(subject)
                    .isEqualTo(Outcome.UNROUTABLE);
        }
        assertThat(ears.texts()).containsExactly("2");
    }

    @Test
    default void addressingAQueueIsNotHeardAndWhatIsRoutedThroughTheSpaceIs() {
        Peer peer = peer();
        peer.queue("q");
        Ears ears = Ears.of(peer(), "#");
        rig().await(peer.session.declareExchange(Specs.exchange("x", ExchangeSpec.Kind.FANOUT)));
        rig().await(peer.session.bind(Specs.toQueue("x", "q", "")));

        peer.publish(Peer.to("q"), "direct");
        peer.publish(Peer.via("", "q"), "default");
        peer.publish(Peer.via("x", "q"), "elsewhere");
        rig().await(peer.session.bind(Specs.toExchange("x", Rig.SUBJECTS, "")));
        peer.publish(Peer.via("x", "k"), "through");

        awaitHeard(ears, 1);
        assertThat(ears.texts()).containsExactly("through");
        assertThat(peer.stats("q").ready()).isEqualTo(4);
    }

    @Test
    default void whatIsStoredTooIsHeardAfterThatAndWhatIsRefusedIsNot() {
        Peer peer = peer();
        QueuePolicy one = QueuePolicy.NONE.with(new Limits(1, -1, Overflow.REFUSE));
        peer.declare(Specs.queue("orders", one));
        Ears ears = Ears.of(peer(), "orders");

        assertThat(peer.publish(Peer.subject("orders"), "1")).isEqualTo(Outcome.STORED);
        assertThat(peer.publish(Peer.subject("orders"), "2")).isEqualTo(Outcome.REJECTED);
        awaitHeard(ears, 1);
        assertThat(ears.texts()).containsExactly("1");
        assertThat(peer.readTexts("orders", 0)).containsExactly("1");
    }

    @Test
    default void everyoneHearsABatchInOrderAndTogether() {
        Peer peer = peer();
        List<Ears> all = IntStream.range(0, 3).mapToObj(i -> Ears.of(peer(), "n.#")).toList();
        List<Publication> batch = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            batch.add(new Publication(Peer.subject("n.x"), Peer.content("" + i)));
        }
        rig().await(peer.send(batch));

        List<String> expected = IntStream.range(0, 50).mapToObj(i -> "" + i).toList();
        for (Ears ears : all) {
            awaitHeard(ears, 50);
            assertThat(ears.texts()).isEqualTo(expected);
            assertThat(ears.together).containsExactly(50);
        }
        LiveMessage message = all.getFirst().messages.getFirst();
        assertThat(all.getLast().messages.getFirst()).isSameAs(message);
        Object shape = message.shaped(Object.class, _ -> new Object());
        assertThat(message.shaped(Object.class, _ -> new Object())).isSameAs(shape);
    }

    @Test
    default void whatListenersHaveNotTakenYetHoldsBackTheNextAnswers() {
        Peer peer = peer();
        Ears ears = Ears.of(peer(), "big");
        List<CompletableFuture<List<Outcome>>> answers = new ArrayList<>();
        int[] heardWhenLastAnswered = {-1};
        for (int i = 0; i < 8; i++) {
            Publication big = new Publication(Peer.subject("big"), Peer.content(new byte[600_000]));
            answers.add(peer.send(List.of(big)));
        }
        answers.getLast().thenRun(() -> heardWhenLastAnswered[0] = ears.messages.size());

        assertThat(answers.get(1)).isDone();
        assertThat(answers.get(2)).isNotDone();
        answers.forEach(each -> assertThat(rig().await(each)).containsExactly(Outcome.STORED));
        awaitHeard(ears, 8);
        assertThat(heardWhenLastAnswered[0]).isBetween(6, 8);
    }

    @Test
    default void aBatchForATopicIsHeardOpenedAndOnce() {
        Peer peer = peer();
        Topic topic = peer.declare(Specs.batches("t", 1));
        assertThat(peer.session.wantsOpened(topic)).isFalse();
        Ears ears = Ears.of(peer(), "t");
        assertThat(peer.session.wantsOpened(topic)).isTrue();
        long id = rig().await(peer.session.newProducerId());
        Append batch = Appends.opened("t", 0, new Append.ProducerStamp(id, (short) 0, 0), "a", "b");

        peer.append(batch);
        assertThat(peer.append(batch).outcome()).isEqualTo(AppendListener.Outcome.DUPLICATE);
        awaitHeard(ears, 2);
        assertThat(ears.texts()).containsExactly("a", "b");
        assertThat(ears.subjects()).containsExactly("t", "t");
    }

    @Test
    default void aTransactionIsHeardWhenItIsDone() {
        Peer peer = peer();
        peer.queue("a");
        Ears ears = Ears.of(peer(), "#");
        List<Publication> publications =
                List.of(
                        new Publication(Peer.subject("a"), Peer.content("1")),
                        new Publication(Peer.subject("b"), Peer.content("2")));

        var outcomes = rig().await(peer.session.transact(new Transaction(publications, List.of())));
        assertThat(outcomes.allStored()).isTrue();
        awaitHeard(ears, 2);
        assertThat(ears.texts()).containsExactly("1", "2");
    }

    @Test
    default void deadLettersAreHeard() {
        Peer peer = peer();
        QueuePolicy toSubject = QueuePolicy.NONE.with(new DeadLetters(Rig.SUBJECTS, "dead.q"));
        peer.declare(Specs.queue("q", toSubject));
        Ears ears = Ears.of(peer(), "dead.#");
        peer.store("q", "1");
        peer.reject(peer.take("q").orElseThrow());

        awaitHeard(ears, 1);
        assertThat(ears.texts()).containsExactly("1");
        assertThat(
                        Objects.requireNonNull(
                                        ears.messages.getFirst().content().envelope().trail())
                                .deaths())
                .hasSize(1);
    }

    @Test
    default void theMembersOfAGroupHearEachMessageOnceBetweenThem() {
        Peer peer = peer();
        Live.Terms grouped = new Live.Terms("g", true);
        List<Ears> members =
                IntStream.range(0, 3).mapToObj(i -> Ears.of(peer(), grouped, "n.*")).toList();
        Ears otherGroup = Ears.of(peer(), new Live.Terms("h", true), "n.*");
        Ears otherPattern = Ears.of(peer(), grouped, "n.#");
        Ears alone = Ears.of(peer(), "n.*");
        List<Publication> batch = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            batch.add(new Publication(Peer.subject("n.x"), Peer.content("" + i)));
        }
        rig().await(peer.send(batch));
        batch.forEach(each -> rig().await(peer.send(List.of(each))));

        List<Ears> whole = List.of(otherGroup, otherPattern, alone);
        whole.forEach(ears -> awaitHeard(ears, 60));
        assertThat(whole).allSatisfy(ears -> assertThat(ears.texts()).hasSize(60));
        assertThat(members).allSatisfy(ears -> assertThat(ears.texts()).hasSize(20));
        assertThat(members.stream().flatMap(ears -> ears.texts().stream()))
                .containsExactlyInAnyOrderElementsOf(alone.texts());
    }

    @Test
    default void whoDoesNotWantItsOwnHearsOnlyOthers() {
        Peer peer = peer();
        Peer other = peer();
        Ears ears = Ears.of(peer, new Live.Terms(null, false), "a");
        assertThat(peer.publish(Peer.subject("a"), "own")).isEqualTo(Outcome.UNROUTABLE);
        Ears members = Ears.of(peer, new Live.Terms("g", false), "a");
        Ears more = Ears.of(other, new Live.Terms("g", false), "a");

        assertThat(peer.publish(Peer.subject("a"), "own")).isEqualTo(Outcome.STORED);
        assertThat(other.publish(Peer.subject("a"), "other")).isEqualTo(Outcome.STORED);
        awaitHeard(ears, 1);
        awaitHeard(members, 1);
        assertThat(ears.texts()).containsExactly("other");
        assertThat(members.texts()).containsExactly("other");
        assertThat(more.texts()).containsExactly("own");
    }

    @Test
    default void oneIsAloneWhereNobodyElseHearsAndNothingKeeps() {
        Peer peer = peer();
        Peer other = peer();
        Ears ears = Ears.of(peer, "a.*", "a.b", "kept", "bound.#", "shared", "both");
        Ears.of(peer, new Live.Terms("g", true), "shared");
        Ears.of(other, "both", "theirs");
        peer.queue("kept");
        peer.queue("q");
        rig().await(peer.session.bind(Specs.toQueue(Rig.SUBJECTS, "q", "bound.x")));

        assertThat(peer.session.listeningAlone(Specs.NS, "a.b")).isSameAs(ears);
        assertThat(peer.session.listeningAlone(Specs.NS, "bound.y")).isSameAs(ears);
        for (String subject : new String[] {"kept", "bound.x", "shared", "both", "theirs", "x"}) {
            assertThat(peer.session.listeningAlone(Specs.NS, subject)).as(subject).isNull();
        }
        assertThat(other.session.listeningAlone(Specs.NS, "a.b")).isNull();
    }

    @Test
    default void whoMayNotReadMayNotListen() {
        Live live = peer().session.listen("$internal", new Ears());

        assertThatThrownBy(() -> live.add("#"))
                .isInstanceOfSatisfying(
                        BrokerException.class,
                        e -> assertThat(e.kind()).isEqualTo(BrokerException.Kind.DENIED));
    }

    @Test
    default void namespacesDoNotHearEachOther() {
        Ears ears = new Ears();
        peer().session.listen("elsewhere", ears).add("#");
        Peer peer = peer();
        peer.queue("a");

        assertThat(peer.publish(Peer.subject("a"), "1")).isEqualTo(Outcome.STORED);
        assertThat(
                        peer.session.wantsOpened(
                                Objects.requireNonNull(
                                        peer.session.definitions().topic(TopicName.of("a")))))
                .isTrue();
        rig().quiesce();
        assertThat(ears.messages).isEmpty();
    }
}
