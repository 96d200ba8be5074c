package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.Settlement;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// A queue of numbered messages: fills it, and empties it with settlements out of order, over
/// restarts. Checks that each message comes whole, in order, and is accepted once.
final class Backlog {
    static final String QUEUE = "backlog";

    private static final int BATCH = 1_000;
    private static final int BATCHES_UNDER_WAY = 16;
    private static final int CREDIT = 8_192;
    private static final int HANDFUL = 2_048;

    /// One of so many is not settled before the restart.
    private static final int LEFT_OUT_OF = 1_000;

    private final ThreadedRig rig;
    private final int messages;
    private final BitSet accepted = new BitSet();
    private final Random random = new Random(20);
    private int published;
    private int batchesUnderWay;
    private boolean refused;

    /// @param messages how many there will be
    Backlog(ThreadedRig rig, int messages) {
        this.rig = rig;
        this.messages = messages;
    }

    // Filling ------------------------------------------------------------------------------------

    /// Publishes messages until there are so many.
    void publish(int upTo) {
        Peer peer = rig.peer();
        peer.queue(QUEUE);
        int first = published;
        long started = System.nanoTime();
        while (published < upTo) {
            rig.await("room", () -> batchesUnderWay < BATCHES_UNDER_WAY);
            batchesUnderWay++;
            peer.session.publish(
                    batch(),
                    outcomes -> {
                        batchesUnderWay--;
                        refused |= !outcomes.allStored();
                    });
        }
        rig.await("all stored", () -> batchesUnderWay == 0);
        assertThat(refused).isFalse();
        printRate("published " + first + " to " + published, published - first, started);
        peer.close();
    }

    private List<Publication> batch() {
        List<Publication> batch = new ArrayList<>(BATCH);
        for (int i = 0; i < BATCH; i++) {
            byte[] number = ByteBuffer.allocate(Long.BYTES).putLong(published++).array();
            batch.add(new Publication(Peer.to(QUEUE), Peer.content(number)));
        }
        return batch;
    }

    // Emptying -----------------------------------------------------------------------------------

    /// Accepts messages until so many are, by a consumer of its own. Some are left out until the
    /// last call.
    void drainTo(int enough) {
        int first = accepted.cardinality();
        long started = System.nanoTime();
        Peer peer = rig.peer();
        boolean toTheEnd = enough == messages;
        Hands hands = new Hands(peer, toTheEnd ? 0 : LEFT_OUT_OF);
        Consumer consumer = peer.consume(Peer.spec(QUEUE, CREDIT), hands.inbox);
        int done = first;
        while (done < enough) {
            int wanted = Math.min(HANDFUL, messages - done);
            rig.await("more", () -> hands.inbox.size() >= wanted);
            done += hands.settle();
        }
        rig.await(consumer.close());
        rig.quiesce();
        printRate("accepted " + first + " to " + done, done - first, started);
        peer.close();
    }

    /// What one consumer holds.
    private final class Hands {
        final Inbox inbox = new Inbox();
        private final Peer peer;
        private final int leftOutOf;
        private long last = -1;

        Hands(Peer peer, int leftOutOf) {
            this.peer = peer;
            this.leftOutOf = leftOutOf;
        }

        /// Accepts what came, in any order.
        ///
        /// @return how many
        int settle() {
            List<Delivery> chosen = new ArrayList<>();
            for (Delivery delivery : inbox.drain()) {
                check(delivery);
                if (leftOutOf == 0 || random.nextInt(leftOutOf) > 0) {
                    assertThat(accepted.get((int) delivery.offset())).isFalse();
                    accepted.set((int) delivery.offset());
                    chosen.add(delivery);
                }
            }
            Collections.shuffle(chosen, random);
            peer.session.settle(chosen, Settlement.ACCEPT, false);
            return chosen.size();
        }

        private void check(Delivery delivery) {
            assertThat(delivery.offset()).isGreaterThan(last);
            last = delivery.offset();
            assertThat(delivery.content().bytes().getLong(delivery.content().bytes().position()))
                    .isEqualTo(delivery.offset());
        }
    }

    private static void printRate(String what, int count, long startedNanos) {
        long perSecond = count * 1_000_000_000L / (System.nanoTime() - startedNanos);
        System.out.printf("%s: %,d/s%n", what, perSecond);
    }
}
