package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.Settlement;
import io.polylog.broker.TopicStats;
import io.polylog.broker.Transaction;
import io.polylog.broker.Transaction.Settled;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What a transaction did outlives the process.
interface TransactionDurabilityContract extends BrokerContract {
    List<String> NAMES = List.of("q0", "q1", "q2");
    int MANY = 1_200;

    @Override
    Rig.Durable rig();

    /// So many single settlements that they do not fit in one command, nor in one cell.
    @Test
    default void whatWasCommittedIsThereAfterACrashAndWhatWasSettledIsNot() {
        Peer peer = peer();
        List<Settled> settled = new ArrayList<>();
        List<Publication> published = new ArrayList<>();
        for (String name : NAMES) {
            peer.queue(name);
            peer.store(
                    name, IntStream.range(0, MANY).mapToObj(i -> "old" + i).toArray(String[]::new));
            Inbox inbox = peer.consume(name);
            rig().await("all of them", () -> inbox.size() == MANY);
            for (Delivery delivery : inbox.deliveries) {
                if (delivery.offset() % 2 == 0) {
                    settled.add(new Settled(delivery, Settlement.ACCEPT));
                }
            }
            published.add(new Publication(Peer.to(name), Peer.content("new")));
        }
        rig().checkpoint();
        rig().await(peer.session.transact(new Transaction(published, settled)));
        rig().crash();
        checkAfter();
        rig().checkpoint();
        rig().restart();
        checkAfter();
    }

    private void checkAfter() {
        Peer peer = peer();
        for (String name : NAMES) {
            assertThat(peer.stats(name)).isEqualTo(new TopicStats(MANY / 2 + 1, 0, 0));
            assertThat(peer.readTexts(name, 0)).startsWith("old1", "old3").endsWith("new");
        }
        peer.close();
    }
}
