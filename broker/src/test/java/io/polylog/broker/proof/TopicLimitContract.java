package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Limit;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.TopicStats;
import io.polylog.broker.Transaction;
import io.polylog.broker.TransactionException;
import io.polylog.message.TopicName;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Topics that hold so many messages, or bytes, and no more: not even for a moment.
interface TopicLimitContract extends BrokerContract {
    TopicName LIMITED = TopicName.of("t");

    static TopicSpec limited(Limits limits, Lifetime lifetime) {
        return new TopicSpec(
                LIMITED,
                Form.MESSAGES,
                1,
                Retention.FOREVER.withRemoval(),
                lifetime,
                QueuePolicy.NONE.with(limits),
                Map.of());
    }

    private Peer with(Limits limits) {
        Peer peer = peer();
        peer.declare(limited(limits, Lifetime.DURABLE));
        return peer;
    }

    private Outcomes send(Peer peer, String... texts) {
        List<Publication> batch =
                Arrays.stream(texts)
                        .map(text -> new Publication(Peer.to("t"), Peer.content(text)))
                        .toList();
        CompletableFuture<Outcomes> decided = new CompletableFuture<>();
        peer.session.publish(batch, decided::complete);
        return rig().await(decided);
    }

    @Test
    default void theOldestGoThatAreTooMany() {
        Peer peer = with(new Limits(3, -1, Overflow.DROP_OLDEST));
        assertThat(send(peer, "a", "b", "c", "d", "e").allStored()).isTrue();
        assertThat(peer.readTexts("t", 0)).containsExactly("c", "d", "e");
        assertThat(peer.reader("t", 0).startOffset()).isEqualTo(2);
        assertThat(peer.stats("t")).isEqualTo(new TopicStats(3, 0, 0));
        // What was removed does not count.
        rig().await(peer.session.remove(LIMITED, 0, List.of(3L)));
        send(peer, "f");
        assertThat(peer.readTexts("t", 0)).containsExactly("c", "e", "f");
        send(peer, "g", "h");
        assertThat(peer.readTexts("t", 0)).containsExactly("f", "g", "h");
        rig().await(
                        peer.session.transact(
                                new Transaction(
                                        TransactionContract.toAll("i", List.of("t", "t")),
                                        List.of())));
        assertThat(peer.readTexts("t", 0)).containsExactly("h", "i", "i");
    }

    @Test
    default void theOldestGoThatAreTooLarge() {
        Peer peer = with(new Limits(-1, 10, Overflow.DROP_OLDEST));
        send(peer, "aaaa", "bbb", "ccc");
        assertThat(peer.readTexts("t", 0)).containsExactly("aaaa", "bbb", "ccc");
        send(peer, "d");
        assertThat(peer.readTexts("t", 0)).containsExactly("bbb", "ccc", "d");
        rig().await(peer.session.remove(LIMITED, 0, List.of(2L)));
        send(peer, "eeeeee");
        assertThat(peer.readTexts("t", 0)).containsExactly("bbb", "d", "eeeeee");
        rig().await(peer.session.trim(LIMITED, 0, 3));
        send(peer, "fff");
        assertThat(peer.readTexts("t", 0)).containsExactly("d", "eeeeee", "fff");
        send(peer, "longer than that");
        assertThat(peer.readTexts("t", 0)).isEmpty();
        assertThat(peer.reader("t", 0).startOffset()).isEqualTo(7);
    }

    @Test
    default void subscriptionsAreNotOwedWhatHasGone() {
        Peer peer = with(new Limits(2, -1, Overflow.DROP_OLDEST));
        SubscriptionRef named = new SubscriptionRef(LIMITED, "s");
        assertThat(rig().await(peer.session.take(named, false))).isEmpty();
        send(peer, "a", "b", "c", "d");
        assertThat(peer.stats(named)).isEqualTo(new TopicStats(2, 0, 0));
        Delivery out = rig().await(peer.session.take(named, false)).orElseThrow();
        assertThat(Inbox.text(out)).isEqualTo("c");
        send(peer, "e", "f");
        assertThat(peer.stats(named).ready()).isEqualTo(2);
        Delivery next = rig().await(peer.session.take(named, false)).orElseThrow();
        assertThat(Inbox.text(next)).isEqualTo("e");
    }

    @Test
    default void oneThatRefusesTellsWhichLimitIsReached() {
        Peer peer = with(new Limits(3, 10, Overflow.REFUSE));
        Outcomes outcomes = send(peer, "a", "b", "c", "d");
        assertThat(IntStream.range(0, 4).mapToObj(outcomes::at))
                .containsExactly(Outcome.STORED, Outcome.STORED, Outcome.STORED, Outcome.REJECTED);
        assertThat(outcomes.limit(0)).isNull();
        assertThat(outcomes.limit(3)).isEqualTo(Limit.COUNT);
        rig().await(peer.session.remove(LIMITED, 0, List.of(1L)));
        assertThat(send(peer, "eeeeeeeee").limit(0)).isEqualTo(Limit.BYTES);
        rig().await(peer.session.remove(LIMITED, 0, List.of(0L)));
        assertThat(send(peer, "eeeeeeeee").allStored()).isTrue();
        assertThat(send(peer, "f").limit(0)).isEqualTo(Limit.BYTES);
        Transaction bounded =
                new Transaction(TransactionContract.toAll("g", List.of("t")), List.of(), true);
        TransactionException full =
                catchThrowableOfType(
                        TransactionException.class,
                        () -> rig().await(peer.session.transact(bounded)));
        assertThat(full.limit()).isEqualTo(Limit.BYTES);
        assertThat(peer.readTexts("t", 0)).containsExactly("c", "eeeeeeeee");
    }

    private Topic limit(Peer peer, Limits limits) {
        return rig().await(
                        peer.session.alterTopic(
                                LIMITED,
                                Retention.FOREVER.withRemoval(),
                                QueuePolicy.NONE.with(limits),
                                Map.of()));
    }

    @Test
    default void whatIsTooMuchForNewLimitsGoesAtOnce() {
        Peer peer = with(Limits.NONE);
        send(peer, "aaaa", "bbb", "ccc", "dd", "e");
        rig().await(peer.session.remove(LIMITED, 0, List.of(1L)));
        Limits count = new Limits(3, -1, Overflow.DROP_OLDEST);
        assertThat(limit(peer, count).policy().limits()).isEqualTo(count);
        assertThat(peer.readTexts("t", 0)).containsExactly("ccc", "dd", "e");
        limit(peer, new Limits(2, -1, Overflow.DROP_OLDEST));
        assertThat(peer.readTexts("t", 0)).containsExactly("dd", "e");
        send(peer, "f");
        assertThat(peer.readTexts("t", 0)).containsExactly("e", "f");
        limit(peer, Limits.NONE);
        send(peer, "g", "h");
        assertThat(peer.readTexts("t", 0)).containsExactly("e", "f", "g", "h");
        limit(peer, new Limits(2, -1, Overflow.REFUSE));
        assertThat(send(peer, "i").limit(0)).isEqualTo(Limit.COUNT);
        assertThat(peer.readTexts("t", 0)).containsExactly("e", "f", "g", "h");
        // Without limits in the command they stay.
        rig().await(peer.session.alterTopic(LIMITED, Retention.FOREVER.withRemoval(), Map.of()));
        assertThat(send(peer, "i").limit(0)).isEqualTo(Limit.COUNT);
    }

    @Test
    default void bytesOfWhatCameBeforeTheirLimitCount() {
        Peer peer = with(Limits.NONE);
        send(peer, "aaaa", "bbbb", "cccc");
        limit(peer, new Limits(-1, 9, Overflow.DROP_OLDEST));
        assertThat(peer.readTexts("t", 0)).containsExactly("bbbb", "cccc");
        send(peer, "dd");
        assertThat(peer.readTexts("t", 0)).containsExactly("cccc", "dd");
        limit(peer, new Limits(5, -1, Overflow.REFUSE));
        send(peer, "eeeee");
        limit(peer, new Limits(5, 12, Overflow.REFUSE));
        assertThat(send(peer, "ff").limit(0)).isEqualTo(Limit.BYTES);
        assertThat(send(peer, "f").allStored()).isTrue();
        assertThat(peer.readTexts("t", 0)).containsExactly("cccc", "dd", "eeeee", "f");
    }

    @Test
    default void limitsOfWhatCannotHaveThemAreRefused() {
        Peer peer = with(Limits.NONE);
        Limits dead = new Limits(2, -1, Overflow.REFUSE_TO_DEAD_LETTERS);
        Retention removable = Retention.FOREVER.withRemoval();
        assertThat(
                        rig().failure(() ->
                                peer.session.alterTopic(
                                        LIMITED, removable, QueuePolicy.NONE.with(dead), Map.of())))
                .isEqualTo(Kind.INVALID);
        peer.declare(Specs.stream("plain", 1));
        assertThat(
                        rig().failure(() ->
                                peer.session.alterTopic(
                                        TopicName.of("plain"),
                                        Retention.FOREVER,
                                        QueuePolicy.NONE.with(new Limits(1, -1, Overflow.REFUSE)),
                                        Map.of())))
                .isEqualTo(Kind.INVALID);
    }

    @Test
    default void whichIdsAreKnownCanChangeAndNothingElse() {
        Peer peer = with(Limits.NONE);
        Retention kept = Retention.FOREVER.withRemoval();
        QueuePolicy window = QueuePolicy.NONE.with(new Admission(new Deduplication(1000, 9)));
        Topic altered = rig().await(peer.session.alterTopic(LIMITED, kept, window, Map.of()));
        assertThat(altered.policy()).isEqualTo(window);
        QueuePolicy indexed = QueuePolicy.NONE.with(Admission.FREE.withIndex());
        assertThat(rig().failure(() -> peer.session.alterTopic(LIMITED, kept, indexed, Map.of())))
                .isEqualTo(Kind.INVALID);
    }

    @Test
    default void oneInMemoryIsLimitedToo() {
        Peer peer = peer();
        peer.declare(limited(new Limits(2, -1, Overflow.DROP_OLDEST), Specs.IN_MEMORY));
        send(peer, "a", "b", "c");
        assertThat(peer.readTexts("t", 0)).containsExactly("b", "c");
    }

    @Test
    default void whatIsNoQueueHasNoDeadLetters() {
        Limits limits = new Limits(2, -1, Overflow.REFUSE_TO_DEAD_LETTERS);
        assertThatIllegalArgumentException().isThrownBy(() -> limited(limits, Lifetime.DURABLE));
    }

    /// What outlives the process.
    interface Durable extends TopicLimitContract {
        @Override
        Rig.Durable rig();

        @Test
        default void limitsHoldAfterARestart() {
            Peer peer = peer();
            peer.declare(limited(new Limits(-1, 10, Overflow.DROP_OLDEST), Lifetime.DURABLE));
            peer.store("t", "aaaa", "bbb", "ccc");
            rig().checkpoint();
            peer.store("t", "dd");
            rig().restart();
            Peer again = peer();
            assertThat(again.readTexts("t", 0)).containsExactly("bbb", "ccc", "dd");
            again.store("t", "ee", "f");
            assertThat(again.readTexts("t", 0)).containsExactly("ccc", "dd", "ee", "f");
            rig().crash();
            peer().store("t", "g", "h", "i");
            assertThat(peer().readTexts("t", 0)).containsExactly("dd", "ee", "f", "g", "h", "i");
        }

        @Test
        default void changedLimitsHoldAfterARestart() {
            Peer peer = peer();
            peer.declare(limited(Limits.NONE, Lifetime.DURABLE));
            peer.store("t", "aaaa", "bbbb", "cccc");
            Limits bytes = new Limits(-1, 9, Overflow.DROP_OLDEST);
            Retention kept = Retention.FOREVER.withRemoval();
            rig().await(
                            peer.session.alterTopic(
                                    LIMITED, kept, QueuePolicy.NONE.with(bytes), Map.of()));
            rig().crash();
            assertThat(peer().readTexts("t", 0)).containsExactly("bbbb", "cccc");
            rig().restart();
            peer().store("t", "dd");
            assertThat(peer().readTexts("t", 0)).containsExactly("cccc", "dd");
        }
    }
}
