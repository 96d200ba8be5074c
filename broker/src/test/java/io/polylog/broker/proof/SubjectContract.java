package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.PublishListener.Outcome;
import org.junit.jupiter.api.Test;

/// The one subject space: what stands in it by its name, and what is bound to it.
interface SubjectContract extends BrokerContract {

    @Test
    default void aDurableNamedTopicOrQueueStandsUnderItsOwnName() {
        Peer peer = peer();
        peer.queue("orders.paid");
        peer.declare(Specs.stream("orders.sent", 1));

        assertThat(peer.publish(Peer.subject("orders.paid"), "1")).isEqualTo(Outcome.STORED);
        assertThat(peer.publish(Peer.subject("orders.sent"), "2")).isEqualTo(Outcome.STORED);
        assertThat(peer.publish(Peer.subject("orders"), "3")).isEqualTo(Outcome.UNROUTABLE);
        assertThat(peer.readTexts("orders.paid", 0)).containsExactly("1");
        assertThat(peer.readTexts("orders.sent", 0)).containsExactly("2");
    }

    @Test
    default void whatIsPrivateStandsInNoSubjectSpace() {
        Peer peer = peer();
        peer.declare(Specs.queue("exclusive", Specs.EXCLUSIVE));
        peer.declare(Specs.queue("auto", Specs.AUTO_DELETE));
        peer.declare(Specs.queue("unlisted", Specs.UNLISTED));

        for (String name : new String[] {"exclusive", "auto", "unlisted"}) {
            assertThat(peer.publish(Peer.subject(name), "x"))
                    .as(name)
                    .isEqualTo(Outcome.UNROUTABLE);
        }
    }

    @Test
    default void oneSubjectReachesEveryBindingAndTheNameItselfOnce() {
        Peer peer = peer();
        peer.queue("orders.paid");
        peer.queue("all");
        peer.declare(Specs.queue("private", Specs.EXCLUSIVE));
        rig().await(peer.session.bind(Specs.toQueue(Rig.SUBJECTS, "all", "orders.#")));
        rig().await(peer.session.bind(Specs.toQueue(Rig.SUBJECTS, "all", "#.paid")));
        rig().await(peer.session.bind(Specs.toQueue(Rig.SUBJECTS, "private", "*.paid")));
        rig().await(peer.session.bind(Specs.toQueue(Rig.SUBJECTS, "orders.paid", "orders.*")));

        assertThat(peer.publish(Peer.subject("orders.paid"), "1")).isEqualTo(Outcome.STORED);
        for (String queue : new String[] {"orders.paid", "all", "private"}) {
            assertThat(peer.readTexts(queue, 0)).as(queue).containsExactly("1");
        }
    }

    @Test
    default void theExchangeOfTheSubjectSpaceIsTheSameSpace() {
        Peer peer = peer();
        peer.queue("orders.paid");

        assertThat(peer.publish(Peer.via(Rig.SUBJECTS, "orders.paid"), "1"))
                .isEqualTo(Outcome.STORED);
        assertThat(peer.readTexts("orders.paid", 0)).containsExactly("1");
    }

    @Test
    default void addressingAQueueTouchesNoSubject() {
        Peer peer = peer();
        peer.queue("orders");
        peer.queue("copy");
        rig().await(peer.session.bind(Specs.toQueue(Rig.SUBJECTS, "copy", "orders")));

        peer.publish(Peer.to("orders"), "1");
        peer.publish(Peer.via("", "orders"), "2");
        peer.publish(Peer.subject("orders"), "3");
        assertThat(peer.readTexts("orders", 0)).containsExactly("1", "2", "3");
        assertThat(peer.readTexts("copy", 0)).containsExactly("3");
    }

    @Test
    default void aDeletedQueueLeavesTheSubjectSpaceWithItsBindings() {
        Peer peer = peer();
        peer.queue("orders");
        rig().await(peer.session.bind(Specs.toQueue(Rig.SUBJECTS, "orders", "bills")));
        assertThat(peer.publish(Peer.subject("bills"), "1")).isEqualTo(Outcome.STORED);
        peer.delete("orders");

        assertThat(peer.publish(Peer.subject("orders"), "2")).isEqualTo(Outcome.UNROUTABLE);
        assertThat(peer.publish(Peer.subject("bills"), "3")).isEqualTo(Outcome.UNROUTABLE);
        peer.queue("orders");
        assertThat(peer.publish(Peer.subject("bills"), "4")).isEqualTo(Outcome.UNROUTABLE);
        assertThat(peer.publish(Peer.subject("orders"), "5")).isEqualTo(Outcome.STORED);
    }

    @Test
    default void durableAndMemoryTargetsOfOneMessageAllGetIt() {
        Peer peer = peer();
        peer.queue("durable");
        peer.declare(Specs.queue("memory", Specs.IN_MEMORY));
        peer.declare(Specs.queue("mine", Specs.EXCLUSIVE));
        for (String queue : new String[] {"durable", "memory", "mine"}) {
            rig().await(peer.session.bind(Specs.toQueue(Rig.SUBJECTS, queue, "news")));
        }
        for (int i = 0; i < 20; i++) {
            assertThat(peer.publish(Peer.subject("news"), "n" + i)).isEqualTo(Outcome.STORED);
        }

        for (String queue : new String[] {"durable", "memory", "mine"}) {
            Inbox inbox = peer.consume(queue);
            rig().await(queue, () -> inbox.size() == 20);
            assertThat(inbox.texts()).startsWith("n0", "n1").endsWith("n18", "n19");
        }
    }
}
