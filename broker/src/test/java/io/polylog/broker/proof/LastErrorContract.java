package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Browse.Seen;
import io.polylog.broker.Delivery;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.Growth;
import io.polylog.broker.QueuePolicy.Priorities;
import io.polylog.broker.QueuePolicy.Retry;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.Settlement;
import io.polylog.broker.Trail.Death;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Why a message was not dealt with is kept with it, and goes with it to the dead letters.
interface LastErrorContract extends BrokerContract {
    private List<String> errors(Peer peer, String queue) {
        return errors(rig(), peer, queue);
    }

    private static List<String> errors(Rig rig, Peer peer, String queue) {
        return rig
                .await(peer.operations().browse(Peer.own(queue), 0, 1_000, 1 << 20))
                .messages()
                .stream()
                .map(Seen::error)
                .toList();
    }

    private Death death(Peer peer, String queue) {
        rig().await("a dead letter in " + queue, () -> peer.stats(queue).ready() > 0);
        Delivery letter = peer.take(queue).orElseThrow();
        peer.accept(letter);
        return Objects.requireNonNull(letter.content().envelope().trail()).deaths().getFirst();
    }

    private static QueuePolicy sendingTo(String queue) {
        return QueuePolicy.NONE.with(new DeadLetters("", queue));
    }

    @Test
    default void theLastThatWasSaidOfAMessageIsKept() {
        Peer peer = peer();
        peer.queue("q");
        peer.store("q", "a", "b", "c");
        peer.settle(
                Settlement.RELEASE.because("no route to billing"), peer.take("q").orElseThrow());
        assertThat(errors(peer, "q")).containsExactly("no route to billing", "", "");

        peer.settle(Settlement.RELEASE.because("billing said 503"), peer.take("q").orElseThrow());
        assertThat(errors(peer, "q")).containsExactly("billing said 503", "", "");

        Delivery first = peer.take("q").orElseThrow();
        peer.release(first); // with nothing to say
        assertThat(errors(peer, "q")).containsExactly("billing said 503", "", "");
        peer.accept(peer.take("q").orElseThrow());
        assertThat(errors(peer, "q")).containsExactly("", "");
    }

    @Test
    default void whatALostOrLateConsumerHadTellsSo() {
        Peer peer = peer();
        Peer other = peer();
        Service patient = new Service(false, Priorities.NONE, 1_000);
        peer.declare(Specs.queue("q", QueuePolicy.NONE.with(patient)));
        peer.store("q", "a", "b");
        assertThat(other.take("q")).isPresent();
        assertThat(peer.take("q")).isPresent();
        other.session.close("connection 10.0.0.7:4711 ended");
        rig().await("a to be back", () -> peer.stats("q").ready() == 1);
        assertThat(errors(peer, "q")).containsExactly("connection 10.0.0.7:4711 ended", "");

        rig().passMs(3_000);
        rig().await("b to be back", () -> peer.stats("q").ready() == 2);
        assertThat(errors(peer, "q"))
                .containsExactly("connection 10.0.0.7:4711 ended", "not settled within 1000 ms");
    }

    @Test
    default void aDeadLetterTellsTheLastThatWasSaidOfIt() {
        Peer peer = peer();
        peer.queue("dead");
        Retry once = new Retry(1, Growth.CONSTANT, 0, 0);
        peer.declare(Specs.queue("q", sendingTo("dead").with(once).with(new Expiry(60_000, -1))));
        peer.store("q", "a");
        peer.settle(Settlement.RELEASE.because("first"), peer.take("q").orElseThrow());
        peer.settle(Settlement.RELEASE.because("second"), peer.take("q").orElseThrow());
        assertThat(death(peer, "dead").error()).isEqualTo("second");

        peer.store("q", "b");
        peer.settle(Settlement.REJECT.because("not JSON"), peer.take("q").orElseThrow());
        assertThat(death(peer, "dead").error()).isEqualTo("not JSON");

        peer.store("q", "c", "d");
        peer.settle(Settlement.RELEASE.because("later please"), peer.take("q").orElseThrow());
        rig().passMs(61_000);
        assertThat(death(peer, "dead").error()).isEqualTo("later please");
        assertThat(death(peer, "dead").error()).isEmpty();
    }

    @Test
    default void anErrorThatIsTooLongIsCutBetweenCharacters() {
        Peer peer = peer();
        peer.queue("q");
        peer.store("q", "a");
        String words = "x".repeat(Settlement.MOST_ERROR_CHARS - 1) + "\uD83D\uDE00 and more";
        peer.settle(Settlement.RELEASE.because(words), peer.take("q").orElseThrow());
        assertThat(errors(peer, "q")).containsExactly("x".repeat(Settlement.MOST_ERROR_CHARS - 1));
    }

    /// With what outlives the process.
    interface Durable extends LastErrorContract {
        @Override
        Rig.Durable rig();

        @Test
        default void errorsOutliveARestart() {
            Peer peer = peer();
            peer.queue("q");
            peer.store("q", "a", "b");
            peer.settle(Settlement.RELEASE.because("why"), peer.take("q").orElseThrow());
            rig().crash();
            assertThat(LastErrorContract.errors(rig(), peer(), "q")).containsExactly("why", "");
            rig().restart();
            assertThat(LastErrorContract.errors(rig(), peer(), "q")).containsExactly("why", "");
        }
    }
}
