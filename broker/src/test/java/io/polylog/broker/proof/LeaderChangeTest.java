package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.Settlement;
import io.polylog.broker.TopicStats;
import io.polylog.log.sim.Temper;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A shard gets a new leader while deliveries are out: the new one hands them out again, and what
/// the old one handed out counts no more. Or an answer gets lost.
final class LeaderChangeTest {
    private static final int SHARD = 0;
    private static final int MANY = 10;

    private final ModelledRig rig = new ModelledRig(1, 1, Temper.LOCAL);
    private final Peer before = rig.peer();
    private final Peer after = rig.peer();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aConsumersOldDeliveryIsNotSettledWhileSomebodyElseHasIt() {
        before.queue("q");
        before.store("q", "x");
        Inbox old = before.consume("q");
        rig.await("x", () -> old.size() == 1);
        rig.node.depose(SHARD);
        rig.quiesce();
        assertThat(old.cancelled).isTrue();

        oldOneIsRefusedAndNewOneCounts(old.last());
    }

    @Test
    void anOldTakeIsNotSettledWhileSomebodyElseHasIt() {
        before.queue("q");
        before.store("q", "x");
        Delivery old = before.take("q").orElseThrow();
        rig.node.depose(SHARD);
        rig.quiesce();

        oldOneIsRefusedAndNewOneCounts(old);
    }

    private void oldOneIsRefusedAndNewOneCounts(Delivery old) {
        Inbox inbox = after.consume("q");
        rig.await("x again", () -> inbox.size() == 1);
        Delivery again = inbox.last();
        assertThat(again.redelivered()).isTrue();
        for (Settlement how : TransactionHistory.WAYS) {
            assertThat(rig.failure(() -> before.session.settle(List.of(old), how, true)))
                    .isEqualTo(Kind.CONFLICT);
        }
        before.close();
        assertThat(inbox.size()).as("nothing came back").isEqualTo(1);
        after.accept(again);
        assertThat(after.stats("q").unsettled()).isZero();
        rig.crash();
        assertThat(rig.peer().take("q")).isEmpty();
        rig.checkReplay();
    }

    @Test
    void whatAnOldConsumerPutsBackIsNotGivenToASecondOne() {
        before.queue("q");
        Inbox old = new Inbox();
        Consumer closing = before.consume(Peer.spec("q", MANY), old);
        before.send(List.of(new Publication(Peer.to("q"), Peer.content("x"))));
        engineOnly();
        closing.close();
        rig.node.depose(SHARD);
        Inbox inbox = new Inbox();
        after.session.consume(Peer.spec("q", MANY), inbox);
        engineOnly();
        rig.quiesce();

        assertThat(old.size()).as("closed before it came").isZero();
        assertThat(inbox.texts()).containsExactly("x");
    }

    @Test
    void aPurgeWhoseAnswerIsLostLeavesNothingReady() {
        before.queue("q");
        before.store("q", "x", "y");
        CompletionStage<Long> purged = before.session.purge(TopicName.of("q"));
        engineOnly();
        while (rig.loop.runOne()) {
            Thread.onSpinWait();
        }
        rig.node.loseAnswer(SHARD);

        assertThat(rig.failure(() -> purged)).isEqualTo(Kind.CLOSED);
        rig.quiesce();
        assertThat(after.stats("q")).isEqualTo(new TopicStats(0, 0, 0));
        assertThat(after.take("q")).isEmpty();
    }

    /// Shards work, while the connections' loop has no time.
    private void engineOnly() {
        while (rig.node.step()) {
            Thread.onSpinWait();
        }
    }
}
