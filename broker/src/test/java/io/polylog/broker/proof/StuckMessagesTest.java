package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Delivery;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Messages of a queue that stay unsettled hold about their own bytes on the disk, however much was
/// published and settled after them.
final class StuckMessagesTest {
    private static final int MIB = 1 << 20;
    private static final int ROUNDS = 64;
    private static final int ROUND = 64;
    private static final int BODY_BYTES = 16 << 10;

    private final ThreadedRig.Local rig = new ThreadedRig.Local(1, MIB);

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void one_old_message_does_not_hold_all_that_came_after_it() {
        List<String> stuck = publishAndSettleBut(ROUND * ROUNDS);

        assertThat(stuck).hasSize(1);
        awaitSegments(8 * MIB);
        assertStillOwed(stuck);
    }

    @Test
    void a_few_old_messages_hold_about_their_own_bytes() {
        List<String> stuck = publishAndSettleBut(100);

        assertThat(stuck).hasSize(ROUND * ROUNDS / 100 + 1);
        awaitSegments(10 * MIB);
        assertStillOwed(stuck);
    }

    /// Publishes 64 MiB and settles all messages but each nth, the first one among them.
    ///
    /// @return what begins each of those that stay
    private List<String> publishAndSettleBut(int nth) {
        Peer peer = rig.peer();
        peer.queue("q");
        Inbox inbox = peer.consume("q");
        List<String> stuck = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            peer.store("q", bodies(round));
            rig.await("a round", () -> inbox.size() == ROUND);
            List<Delivery> settled = new ArrayList<>();
            for (Delivery delivery : inbox.drain()) {
                if (delivery.offset() % nth == 0) {
                    stuck.add(name(delivery));
                } else {
                    settled.add(delivery);
                }
            }
            peer.accept(settled.toArray(Delivery[]::new));
        }
        return stuck;
    }

    private static String[] bodies(int round) {
        char[] filling = new char[BODY_BYTES];
        Arrays.fill(filling, 'x');
        String[] bodies = new String[ROUND];
        for (int i = 0; i < ROUND; i++) {
            bodies[i] = "m" + (round * ROUND + i) + " " + new String(filling);
        }
        return bodies;
    }

    private void awaitSegments(long mostBytes) {
        rig.await("little is held", () -> rig.segmentsBytes() <= mostBytes);
    }

    private void assertStillOwed(List<String> stuck) {
        rig.restart();
        Inbox inbox = rig.peer().consume("q");
        rig.await("what was not settled", () -> inbox.size() >= stuck.size());
        rig.quiesce();
        assertThat(inbox.deliveries.stream().map(StuckMessagesTest::name))
                .containsExactlyElementsOf(stuck);
    }

    private static String name(Delivery delivery) {
        String text = Inbox.text(delivery);
        return text.substring(0, text.indexOf(' '));
    }
}
