package io.polylog.broker.proof;

import static io.polylog.broker.proof.Specs.exchange;
import static io.polylog.broker.proof.Specs.toExchange;
import static io.polylog.broker.proof.Specs.toQueue;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.ExchangeSpec.HashOn;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.message.TopicName;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/// Declaring, finding, growing and removing topics, queues, exchanges and bindings.
interface DefinitionsContract extends BrokerContract {

    @Test
    default void aQueueDeclaredAgainAlikeIsTheSameOne() {
        Topic first = peer().queue("q");
        Topic again = peer().queue("q");

        assertThat(again).isEqualTo(first);
        assertThat(first.partitions()).hasSize(1);
        assertThat(first.owner()).isZero();
        assertThat(first.createdAtMs()).isPositive();
    }

    @Test
    default void anotherSpecificationOfTheSameNameIsAConflict() {
        Peer peer = peer();
        peer.queue("q");
        List<TopicSpec> others =
                List.of(
                        Specs.batches("q", 1),
                        Specs.stream("q", 1),
                        Specs.queue("q", Specs.AUTO_DELETE),
                        Specs.queue("q", Specs.IN_MEMORY),
                        Specs.with(Specs.queue("q"), Map.of("max", "7")));

        for (TopicSpec other : others) {
            assertThat(rig().failure(() -> peer.session.declareTopic(other)))
                    .as("declared as %s", other)
                    .isEqualTo(Kind.CONFLICT);
        }
        assertThat(peer.stats("q").ready()).isZero();
    }

    @Test
    default void anAnsweredDefinitionIsVisibleToEverySession() {
        Peer one = peer();
        Peer other = peer();
        long before = other.session.definitions().version();
        Topic topic = one.declare(Specs.batches("t", 3));

        assertThat(other.session.definitions().topic(TopicName.of("t"))).isEqualTo(topic);
        assertThat(other.session.definitions().topic(topic.id())).isEqualTo(topic);
        assertThat(other.session.definitions().topics()).contains(topic);
        assertThat(other.session.definitions().version()).isGreaterThan(before);
        one.delete("t");
        assertThat(other.session.definitions().topic(TopicName.of("t"))).isNull();
        assertThat(other.session.definitions().topic(topic.id())).isNull();
    }

    @Test
    default void anUnknownNamespaceIsNotFound() {
        Peer peer = peer();
        TopicSpec there = Specs.queue("q");
        TopicSpec elsewhere =
                new TopicSpec(
                        new TopicName("nowhere", "q"),
                        there.form(),
                        1,
                        there.retention(),
                        there.lifetime(),
                        Map.of());

        assertThat(rig().failure(() -> peer.session.declareTopic(elsewhere)))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(peer.session.definitions().namespaceExists("nowhere")).isFalse();
        assertThat(peer.session.definitions().namespaceExists(Specs.NS)).isTrue();
    }

    @Test
    default void everyPartitionHasAStreamOfItsOwn() {
        Set<Long> streams = new HashSet<>();
        Peer peer = peer();
        for (int i = 0; i < 10; i++) {
            Topic topic = peer.declare(Specs.batches("t" + i, 5));
            topic.partitions().forEach(p -> assertThat(streams.add(p.stream())).isTrue());
        }
    }

    @Test
    default void aDeletedQueueIsGoneAndTheNextOfItsNameIsAnotherOne() {
        Peer peer = peer();
        Topic first = peer.queue("q");
        peer.store("q", "a", "b", "c");

        assertThat(peer.delete("q")).isEqualTo(3);
        assertThat(rig().failure(() -> peer.session.stats(TopicName.of("q"))))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().failure(() -> delete(peer, "q", false, false))).isEqualTo(Kind.NOT_FOUND);

        Topic second = peer.queue("q");
        assertThat(second.id()).isNotEqualTo(first.id());
        assertThat(peer.stats("q").ready()).isZero();
        assertThat(peer.take("q")).isEmpty();
        peer.store("q", "new");
        Inbox inbox = peer.consume("q");
        rig().await("the new one", () -> inbox.size() == 1);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("new");
        assertThat(peer.readTexts("q", 0)).containsExactly("new");
    }

    @Test
    default void aQueueInUseOrNotEmptyIsNotDeletedOnThatCondition() {
        Peer peer = peer();
        peer.queue("used");
        peer.queue("full");
        peer.consume("used");
        peer.store("full", "a");

        assertThat(rig().failure(() -> delete(peer, "used", true, false))).isEqualTo(Kind.IN_USE);
        assertThat(rig().failure(() -> delete(peer, "full", false, true)))
                .isEqualTo(Kind.NOT_EMPTY);
        assertThat(rig().await(delete(peer, "used", false, true))).isZero();
        assertThat(rig().await(delete(peer, "full", true, false))).isEqualTo(1);
    }

    @Test
    default void theConsumersOfADeletedQueueAreToldSo() {
        Peer peer = peer();
        peer.queue("q");
        Inbox inbox = peer.consume("q");
        peer().delete("q");
        rig().quiesce();

        assertThat(inbox.cancelled).isTrue();
    }

    @Test
    default void aTopicGrowsButDoesNotShrink() {
        Peer peer = peer();
        Topic topic = peer.declare(Specs.batches("t", 2));
        Topic grown = rig().await(peer.session.addPartitions(TopicName.of("t"), 5));

        assertThat(grown.id()).isEqualTo(topic.id());
        assertThat(grown.partitions()).hasSize(5).startsWith(topic.partitions().get(0));
        assertThat(grown.partitions().stream().map(Topic.Partition::number))
                .containsExactly(0, 1, 2, 3, 4);
        peer.reader("t", 4).close();
        for (int total : new int[] {5, 4, 1}) {
            assertThat(rig().failure(() -> peer.session.addPartitions(TopicName.of("t"), total)))
                    .isEqualTo(Kind.INVALID);
        }
        assertThat(rig().failure(() -> peer.session.addPartitions(TopicName.of("none"), 2)))
                .isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    default void anExclusiveQueueIsLockedToOthersAndGoesWithItsSession() {
        Peer owner = peer();
        Peer other = peer();
        Topic topic = owner.declare(Specs.queue("mine", Specs.EXCLUSIVE));
        owner.declare(Specs.queue("mine", Specs.EXCLUSIVE));

        assertThat(topic.owner()).isNotZero();
        assertThat(
                        rig().failure(() ->
                                other.session.declareTopic(Specs.queue("mine", Specs.EXCLUSIVE))))
                .isEqualTo(Kind.LOCKED);
        assertThat(rig().failure(() -> other.session.consume(Peer.spec("mine", 1), new Inbox())))
                .isEqualTo(Kind.LOCKED);
        assertThat(rig().failure(() -> delete(other, "mine", false, false))).isEqualTo(Kind.LOCKED);
        assertThat(owner.publish(Peer.to("mine"), "a")).isEqualTo(Outcome.STORED);

        owner.close();
        rig().await("the queue is gone", () -> definesNo(other, "mine"));
    }

    @Test
    default void anAutoDeleteQueueGoesWithItsLastConsumerButNotBeforeItHadOne() {
        Peer peer = peer();
        Peer other = peer();
        other.declare(Specs.queue("auto", Specs.AUTO_DELETE));
        rig().quiesce();
        assertThat(definesNo(other, "auto")).isFalse();
        var first = peer.consume(Peer.spec("auto", 1), new Inbox());
        peer.consume(Peer.spec("auto", 1), new Inbox());

        first.close();
        rig().quiesce();
        assertThat(definesNo(other, "auto")).isFalse();

        peer.close();
        rig().await("the queue is gone", () -> definesNo(other, "auto"));
    }

    @Test
    default void anEmptyProvisionalTopicTakesTheKindOfItsFirstDeclaration() {
        Peer peer = peer();
        Topic provisional =
                peer.declare(
                        Specs.spec(
                                "t",
                                TopicSpec.Form.BATCHES,
                                1,
                                TopicSpec.Retention.FOREVER,
                                Specs.PROVISIONAL));
        Topic queue = peer.queue("t");

        assertThat(queue.spec().isQueue()).isTrue();
        assertThat(queue.id()).isNotEqualTo(provisional.id());
        assertThat(rig().failure(() -> peer.session.declareTopic(Specs.batches("t", 1))))
                .isEqualTo(Kind.CONFLICT);
    }

    @Test
    default void aProvisionalTopicThatHoldsSomethingKeepsItsKind() {
        Peer peer = peer();
        peer.declare(Specs.queue("t", Specs.PROVISIONAL));
        peer.store("t", "a");

        assertThat(rig().failure(() -> peer.session.declareTopic(Specs.batches("t", 1))))
                .isEqualTo(Kind.CONFLICT);
        assertThat(peer.readTexts("t", 0)).containsExactly("a");
    }

    @Test
    default void anExchangeIsDeclaredFoundAndDeletedLikeAQueue() {
        Peer peer = peer();
        ExchangeSpec spec = exchange("x", ExchangeSpec.Kind.DIRECT);
        assertThat(rig().await(peer.session.declareExchange(spec))).isEqualTo(spec);
        assertThat(rig().await(peer.session.declareExchange(spec))).isEqualTo(spec);
        assertThat(peer.session.definitions().exchange(Specs.NS, "x")).isEqualTo(spec);
        ExchangeSpec other = exchange("x", ExchangeSpec.Kind.FANOUT);
        assertThat(rig().failure(() -> peer.session.declareExchange(other)))
                .isEqualTo(Kind.CONFLICT);

        peer.queue("q");
        rig().await(peer.session.bind(toQueue("x", "q", "k")));
        assertThat(rig().failure(() -> peer.session.deleteExchange(Specs.NS, "x", true)))
                .isEqualTo(Kind.IN_USE);
        rig().await(peer.session.deleteExchange(Specs.NS, "x", false));
        assertThat(peer.session.definitions().exchange(Specs.NS, "x")).isNull();
        assertThat(peer.session.definitions().bindings()).isEmpty();
        assertThat(rig().failure(() -> peer.session.deleteExchange(Specs.NS, "x", false)))
                .isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    default void anAutoDeleteExchangeGoesWithItsLastBinding() {
        Peer peer = peer();
        ExchangeSpec spec =
                new ExchangeSpec(
                        Specs.NS,
                        "auto",
                        ExchangeSpec.Kind.FANOUT,
                        true,
                        true,
                        false,
                        null,
                        HashOn.Known.ROUTING_KEY,
                        Map.of());
        rig().await(peer.session.declareExchange(spec));
        peer.queue("a");
        peer.queue("b");
        rig().await(peer.session.bind(toQueue("auto", "a", "")));
        rig().await(peer.session.bind(toQueue("auto", "b", "")));

        rig().await(peer.session.unbind(toQueue("auto", "a", "")));
        assertThat(peer.session.definitions().exchange(Specs.NS, "auto")).isNotNull();
        peer.delete("b");
        rig().await(
                        "the exchange is gone",
                        () -> peer.session.definitions().exchange(Specs.NS, "auto") == null);
    }

    @Test
    default void aBindingNeedsBothItsEndsAndIsThereOnce() {
        Peer peer = peer();
        rig().await(peer.session.declareExchange(exchange("x", ExchangeSpec.Kind.DIRECT)));
        peer.queue("q");

        assertThat(rig().failure(() -> peer.session.bind(toQueue("none", "q", "k"))))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().failure(() -> peer.session.bind(toQueue("x", "none", "k"))))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().failure(() -> peer.session.bind(toExchange("x", "none", "k"))))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().failure(() -> peer.session.unbind(toQueue("x", "none", "k"))))
                .isEqualTo(Kind.NOT_FOUND);
        rig().await(peer.session.bind(toQueue("x", "q", "k")));
        rig().await(peer.session.bind(toQueue("x", "q", "k")));
        rig().await(peer.session.bind(toQueue("x", "q", "other")));
        assertThat(peer.session.definitions().bindingsFrom(Specs.NS, "x"))
                .containsExactlyInAnyOrder(toQueue("x", "q", "k"), toQueue("x", "q", "other"));
        rig().await(peer.session.unbind(toQueue("x", "q", "never")));
        peer.delete("q");
        assertThat(peer.session.definitions().bindingsFrom(Specs.NS, "x")).isEmpty();
    }

    @Test
    default void whatIsNotThereIsNotFound() {
        Peer peer = peer();
        TopicName none = TopicName.of("none");

        assertThat(rig().failure(() -> peer.session.purge(none))).isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().failure(() -> peer.session.stats(none))).isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().failure(() -> peer.session.consume(Peer.spec("none", 1), new Inbox())))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().failure(() -> peer.session.take(Peer.own("none"), false)))
                .isEqualTo(Kind.NOT_FOUND);
    }

    private static boolean definesNo(Peer peer, String name) {
        return peer.session.definitions().topic(TopicName.of(name)) == null;
    }

    private static CompletionStage<Long> delete(
            Peer peer, String name, boolean ifUnused, boolean ifEmpty) {
        return peer.session.deleteTopic(TopicName.of(name), ifUnused, ifEmpty);
    }
}
