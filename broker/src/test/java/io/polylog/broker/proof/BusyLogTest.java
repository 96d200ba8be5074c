package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Settlement;
import io.polylog.broker.TopicStats;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// A log that does not get on: what waits for it is bounded, and a part of that is kept for those
/// who settle.
final class BusyLogTest {
    private static final int MESSAGES = 1_000;
    private static final int LARGE_BYTES = 1 << 20;

    /// More than may wait.
    private static final int BATCHES = 80;

    @Test
    void settlementsGoOnWhereSoMuchWaitsThatPublishesAreRefused() {
        try (ThreadedRig.Local rig = new ThreadedRig.Local(1)) {
            Peer peer = rig.peer();
            peer.queue("q");
            for (int i = 0; i < MESSAGES; i++) {
                peer.store("q", "m" + i);
            }
            Inbox inbox = peer.consume("q", MESSAGES);
            rig.await("all", () -> inbox.size() == MESSAGES);

            List<CompletableFuture<List<Outcome>>> sent;
            List<CompletableFuture<Void>> settled = new ArrayList<>();
            Runnable goOn = rig.holdLog();
            try {
                sent = publishTooMuch(peer);
                for (Delivery delivery : inbox.drain()) {
                    settled.add(
                            peer.session
                                    .settle(List.of(delivery), Settlement.ACCEPT, true)
                                    .toCompletableFuture());
                }
                rig.quiesce();
                assertThat(settled).noneMatch(CompletableFuture::isDone);
            } finally {
                goOn.run();
            }
            settled.forEach(rig::await);
            List<Outcome> outcomes = new ArrayList<>();
            sent.forEach(each -> outcomes.add(rig.await(each).getFirst()));
            int stored = outcomes.indexOf(Outcome.BUSY);
            assertThat(stored).isBetween(1, BATCHES - 1);
            assertThat(outcomes.subList(0, stored)).containsOnly(Outcome.STORED);
            assertThat(outcomes.subList(stored, BATCHES)).containsOnly(Outcome.BUSY);
            rig.crash();
            assertThat(rig.peer().stats("q")).isEqualTo(new TopicStats(stored, 0, 0));
        }
    }

    private static List<CompletableFuture<List<Outcome>>> publishTooMuch(Peer peer) {
        List<CompletableFuture<List<Outcome>>> sent = new ArrayList<>();
        String large = "x".repeat(LARGE_BYTES);
        for (int i = 0; i < BATCHES; i++) {
            sent.add(peer.send(List.of(new Publication(Peer.to("q"), Peer.content(large)))));
        }
        return sent;
    }
}
