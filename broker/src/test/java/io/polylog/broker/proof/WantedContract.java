package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Delivery;
import io.polylog.broker.ExchangeSpec.Kind;
import io.polylog.broker.Filter;
import io.polylog.broker.Interest;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Kept;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// Topics whose messages stay while a subscription wants them, or until one has done with them.
interface WantedContract extends BrokerContract {
    TopicName WANTED = TopicName.of("t");

    static Retention retention(Kept kept) {
        return Retention.FOREVER.withRemoval().with(kept);
    }

    static TopicSpec topic(Kept kept, boolean indexed) {
        return new TopicSpec(
                WANTED,
                Form.MESSAGES,
                1,
                retention(kept),
                Lifetime.DURABLE,
                indexed ? QueuePolicy.NONE.with(Admission.FREE.withIndex()) : QueuePolicy.NONE,
                Map.of());
    }

    static SubscriptionRef ref(String name) {
        return new SubscriptionRef(WANTED, name);
    }

    private Peer open(Kept kept, boolean indexed) {
        Peer peer = peer();
        peer.declare(topic(kept, indexed));
        rig().await(peer.session.declareExchange(Specs.exchange("x", Kind.TOPIC)));
        rig().await(peer.session.bind(Specs.toQueue("x", "t", "#")));
        return peer;
    }

    private void subscribe(Peer peer, String name, Filter filter) {
        ConsumeSpec spec =
                new ConsumeSpec(ref(name), false, false, 0, 0, Start.Edge.FIRST, null)
                        .with(Interest.in(filter));
        rig().await(peer.consume(spec, new Inbox()).close());
    }

    private static Filter on(String pattern) {
        return new Filter("", Map.of(), pattern);
    }

    private void publish(Peer peer, String... subjects) {
        List<Publication> batch =
                Arrays.stream(subjects)
                        .map(each -> new Publication(Peer.via("x", each), Peer.content(each)))
                        .toList();
        assertThat(rig().await(peer.send(batch))).containsOnly(Outcome.STORED);
    }

    private Delivery take(Peer peer, String name) {
        return rig().await(peer.session.take(ref(name), false)).orElseThrow();
    }

    private void assertKept(Peer peer, String... texts) {
        assertThat(peer.readTexts("t", 0)).containsExactly(texts);
        assertThat(peer.stats("t").ready()).isEqualTo(texts.length);
    }

    @Test
    default void whatNobodyWantsHasAnOffsetAndIsNotKept() {
        Peer peer = open(Kept.WHILE_WANTED, true);
        publish(peer, "a", "b");
        assertKept(peer);
        subscribe(peer, "s", on("a.*"));
        Publication asking =
                new Publication(Peer.via("x", "b.c"), Peer.content("b.c"), null, WANTED);
        CompletableFuture<Outcomes> decided = new CompletableFuture<>();
        peer.session.publish(List.of(asking), decided::complete);
        assertThat(rig().await(decided).placed(0)).isEqualTo(new Placed(WANTED, 0, 2, false));
        publish(peer, "a.x", "b.x", "a.y");
        assertKept(peer, "a.x", "a.y");
        assertThat(peer.reader("t", 0).startOffset()).isEqualTo(3);
        assertThat(peer.reader("t", 0).endOffset()).isEqualTo(6);
    }

    @Test
    default void aMessageGoesWhenAllThatWantItHaveSettledIt() {
        Peer peer = open(Kept.WHILE_WANTED, true);
        subscribe(peer, "all", Filter.NONE);
        subscribe(peer, "some", on("b"));
        publish(peer, "a", "b", "c");
        Delivery a = take(peer, "all");
        Delivery b = take(peer, "all");
        peer.accept(a, b);
        assertKept(peer, "b", "c");
        peer.release(take(peer, "some"));
        assertKept(peer, "b", "c");
        peer.reject(take(peer, "some"));
        assertKept(peer, "c");
        peer.settle(Settlement.GIVE_UP, take(peer, "all"));
        assertKept(peer, "c");
        assertThat(rig().await(peer.session.take(ref("all"), false))).isEmpty();
    }

    @Test
    default void whatOnlyADeletedSubscriptionWantedGoes() {
        Peer peer = open(Kept.WHILE_WANTED, true);
        subscribe(peer, "one", on("a"));
        subscribe(peer, "two", on("#"));
        publish(peer, "a", "b");
        peer.accept(take(peer, "two"));
        assertKept(peer, "a", "b");
        rig().await(peer.session.deleteSubscription(ref("one")));
        assertKept(peer, "b");
        rig().await(peer.session.alterSubscription(ref("two"), Interest.in(on("c"))));
        assertKept(peer);
        publish(peer, "a", "c");
        assertKept(peer, "c");
        rig().await(peer.session.deleteSubscription(ref("two")));
        assertKept(peer);
    }

    @Test
    default void withoutAnIndexAFilterIsAskedLater() {
        Peer peer = open(Kept.WHILE_WANTED, false);
        subscribe(peer, "some", Filter.sql("color = 'red'"));
        publish(peer, "a?color=blue", "b?color=red", "c?color=blue");
        rig().await("the others go", () -> peer.stats("t").ready() == 1);
        assertKept(peer, "b?color=red");
        peer.accept(take(peer, "some"));
        assertKept(peer);
    }

    @Test
    default void aMessageGoesWhenOneHasDoneWithIt() {
        Peer peer = open(Kept.UNTIL_DONE, true);
        publish(peer, "a", "b", "c");
        assertKept(peer, "a", "b", "c");
        subscribe(peer, "one", on("a"));
        subscribe(peer, "two", on("*"));
        peer.accept(take(peer, "one"));
        assertKept(peer, "b", "c");
        Delivery b = take(peer, "two");
        assertThat(Inbox.text(b)).isEqualTo("b");
        peer.settle(Settlement.GIVE_UP, b);
        assertKept(peer, "b", "c");
        Delivery c = take(peer, "two");
        peer.reject(c);
        assertKept(peer, "b");
        rig().await(peer.session.deleteSubscription(ref("two")));
        assertKept(peer, "b");
        subscribe(peer, "three", Filter.NONE);
        peer.accept(take(peer, "three"));
        assertKept(peer);
    }

    @Test
    default void whatStaysCanBeDecidedAnew() {
        Peer peer = open(Kept.ALWAYS, true);
        subscribe(peer, "s", on("a"));
        publish(peer, "a", "b", "a");
        peer.accept(take(peer, "s"));
        assertKept(peer, "a", "b", "a");
        rig().await(peer.session.alterTopic(WANTED, retention(Kept.WHILE_WANTED), Map.of()));
        assertKept(peer, "a");
        rig().await(peer.session.alterTopic(WANTED, retention(Kept.ALWAYS), Map.of()));
        peer.accept(take(peer, "s"));
        publish(peer, "c");
        assertKept(peer, "a", "c");
    }

    @Test
    default void onlyWhatCanBeRemovedGoesWithItsSubscriptions() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Retention.FOREVER.with(Kept.UNTIL_DONE));
    }

    /// What outlives the process.
    interface Durable extends WantedContract {
        @Override
        Rig.Durable rig();

        private void checkAfter(Peer first, Runnable end) {
            first.declare(topic(Kept.WHILE_WANTED, true));
            for (String name : List.of("one", "two")) {
                ConsumeSpec spec = new ConsumeSpec(ref(name), false, false, 0, 0);
                rig().await(first.consume(spec, new Inbox()).close());
            }
            first.store("t", "a", "b");
            first.accept(rig().await(first.session.take(ref("one"), false)).orElseThrow());
            end.run();
            Peer peer = peer();
            assertThat(peer.readTexts("t", 0)).containsExactly("a", "b");
            peer.accept(rig().await(peer.session.take(ref("two"), false)).orElseThrow());
            assertThat(peer.readTexts("t", 0)).containsExactly("b");
            rig().await(peer.session.deleteSubscription(ref("one")));
            rig().await(peer.session.deleteSubscription(ref("two")));
            peer.store("t", "c");
            assertThat(peer.readTexts("t", 0)).isEmpty();
        }

        @Test
        default void whoWantsWhatIsKnownAfterARestart() {
            checkAfter(peer(), () -> rig().restart());
        }

        @Test
        default void whoWantsWhatIsKnownAfterACrash() {
            checkAfter(peer(), () -> rig().crash());
        }
    }
}
