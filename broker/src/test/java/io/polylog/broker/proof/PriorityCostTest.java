package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.QueuePolicy.Priorities;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.Settlement;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a delivery costs where messages wait at many levels of priority, against one level.
final class PriorityCostTest {
    private static final int BATCH = 1_000;
    private static final int PREFETCH = 500;

    @Tag("slow")
    @Test
    void manyLevelsCostWhatOneCosts() {
        check(200_000);
    }

    @Tag("nightly")
    @Test
    void aMillionMessagesOfManyLevelsCostWhatOneLevelCosts() {
        check(1_000_000);
    }

    private static void check(int messages) {
        drainedMs(messages / 10, 32); // warms up
        long one = drainedMs(messages, 1);
        long many = drainedMs(messages, 32);
        long all = drainedMs(messages, 256);
        String figures =
                "%d messages drained at 1, 32 and 256 levels in %d, %d and %d ms"
                        .formatted(messages, one, many, all);
        System.out.println(figures);
        // A machine that is busy with other tests is given room; a search of what waits is not.
        assertThat(Math.max(many, all)).as(figures).isLessThan(6 * one + 2_000);
    }

    /// How long a consumer takes to get and settle all.
    private static long drainedMs(int messages, int levels) {
        try (ThreadedRig.InMemory rig = new ThreadedRig.InMemory(1)) {
            Peer peer = rig.peer();
            Service service = new Service(false, new Priorities(levels, 0), -1);
            peer.declare(Specs.served("q", service));
            for (int from = 0; from < messages; from += BATCH) {
                rig.await(peer.send(batch(from, levels)));
            }
            long start = System.nanoTime();
            Drain drain = new Drain(peer);
            rig.await(peer.session.consume(Peer.spec("q", PREFETCH), drain));
            rig.await("all", () -> drain.settled == messages);
            long ms = (System.nanoTime() - start) / 1_000_000;
            assertThat(drain.outOfOrder).isZero();
            return ms;
        }
    }

    private static List<Publication> batch(int from, int levels) {
        List<Publication> batch = new ArrayList<>();
        for (int i = from; i < from + BATCH; i++) {
            Content plain = Peer.content("m");
            // Scattered, and the same each time.
            int level = (int) (((i * 2_654_435_761L) >>> 8) % levels);
            Envelope envelope = new Envelope(0, -1, level, null);
            batch.add(
                    new Publication(
                            new Publication.Address.Direct(TopicName.of("q"), -1),
                            new Content(plain.encoding(), envelope, plain.bytes())));
        }
        return batch;
    }

    /// Settles what it gets, a round at a time.
    private static final class Drain implements DeliveryListener {
        private final Peer peer;
        private final List<Delivery> round = new ArrayList<>();
        private int lastLevel = 256;
        int settled;
        int outOfOrder;

        Drain(Peer peer) {
            this.peer = peer;
        }

        @Override
        public boolean deliver(Delivery delivery) {
            int level = delivery.content().envelope().priority();
            outOfOrder += level > lastLevel ? 1 : 0;
            lastLevel = level;
            round.add(delivery);
            return true;
        }

        @Override
        public void paused() {
            settled += round.size();
            peer.session.settle(List.copyOf(round), Settlement.ACCEPT, false);
            round.clear();
        }

        @Override
        public void cancelled() {
            outOfOrder++;
        }

        @Override
        public void failed(BrokerException why) {
            outOfOrder++;
        }
    }
}
