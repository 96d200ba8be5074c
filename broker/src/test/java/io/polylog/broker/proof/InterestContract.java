package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Filter;
import io.polylog.broker.Interest;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A named subscription has a time to live of its own: what has waited longer leaves it, and
/// nothing else.
interface InterestContract extends BrokerContract {
    long MINUTE_MS = 60_000;
    SubscriptionRef SCREEN = new SubscriptionRef(TopicName.of("t"), "screen");
    SubscriptionRef ARCHIVE = new SubscriptionRef(TopicName.of("t"), "archive");

    private static ConsumeSpec spec(SubscriptionRef ref, Interest interest) {
        return new ConsumeSpec(ref, false, false, 0, 100, Start.Edge.FIRST, null).with(interest);
    }

    private static void subscribe(Peer peer, SubscriptionRef ref, Interest interest) {
        peer.consume(spec(ref, interest), new Inbox()).close();
    }

    private void awaitReady(Peer peer, SubscriptionRef ref, long count) {
        rig().await(
                        count + " in " + ref.name(),
                        () -> peer.stats(ref).equals(new TopicStats(count, 0, 0)));
    }

    @Test
    default void whatWaitsTooLongLeavesItsSubscriptionAlone() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 3));
        subscribe(peer, SCREEN, new Interest(Filter.NONE, MINUTE_MS));
        subscribe(peer, ARCHIVE, Interest.ALL);
        for (int i = 0; i < 9; i++) {
            peer.publish(Peer.to("t"), "m" + i);
        }
        awaitReady(peer, SCREEN, 9);
        rig().passMs(MINUTE_MS / 2);
        peer.publish(Peer.to("t"), "later");
        awaitReady(peer, SCREEN, 10);

        rig().passMs(MINUTE_MS / 2 + 1_000);
        awaitReady(peer, SCREEN, 1);
        awaitReady(peer, ARCHIVE, 10);
        assertThat(peer.stats("t").ready()).as("the topic keeps all").isEqualTo(10);
        Inbox inbox = new Inbox();
        peer.consume(spec(SCREEN, Interest.ALL), inbox);
        rig().await("what is left", () -> inbox.size() == 1);
        assertThat(inbox.texts()).containsExactly("later");
    }

    @Test
    default void aMessageThatMayWaitShorterDoes() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        subscribe(peer, SCREEN, new Interest(Filter.NONE, MINUTE_MS));
        peer.storeFor("t", "brief", 5_000);
        peer.storeFor("t", "long", 10 * MINUTE_MS);
        awaitReady(peer, SCREEN, 2);
        rig().passMs(6_000);
        awaitReady(peer, SCREEN, 1);
        rig().passMs(MINUTE_MS);
        awaitReady(peer, SCREEN, 0);
    }

    @Test
    default void onlyWhatIsWantedIsCountedAndExpires() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        subscribe(peer, SCREEN, new Interest(Filter.sql("color = 'red'"), MINUTE_MS));
        peer.store("t", "a?color=blue", "b?color=red", "c?color=blue", "d?color=red");
        awaitReady(peer, SCREEN, 2);
        rig().passMs(MINUTE_MS + 1_000);
        awaitReady(peer, SCREEN, 0);
        peer.store("t", "e?color=blue", "f?color=red");
        awaitReady(peer, SCREEN, 1);
    }

    @Test
    default void allOfABatchLeavesTogether() {
        Peer peer = peer();
        peer.declare(Specs.batches("t", 1));
        subscribe(peer, SCREEN, new Interest(Filter.NONE, MINUTE_MS));
        byte[] bytes = (Appends.ROOM + "a,b,c").getBytes(StandardCharsets.UTF_8);
        peer.append(Appends.of("t", 0, null, 3, ByteBuffer.wrap(bytes), List.of()));
        awaitReady(peer, SCREEN, 3);
        rig().passMs(MINUTE_MS + 1_000);
        awaitReady(peer, SCREEN, 0);
    }

    @Test
    default void anotherTimeToLiveIsAConflict() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        peer.queue("q");
        Interest minute = new Interest(Filter.NONE, MINUTE_MS);
        subscribe(peer, SCREEN, minute);
        subscribe(peer, SCREEN, minute);
        assertThat(refusal(peer, spec(SCREEN, new Interest(Filter.NONE, 1))))
                .isEqualTo(Kind.CONFLICT);
        assertThat(refusal(peer, spec(Peer.own("q"), minute))).isEqualTo(Kind.INVALID);
        assertThat(refusal(peer, spec(Peer.own("t"), minute))).isEqualTo(Kind.INVALID);
    }

    private Kind refusal(Peer peer, ConsumeSpec spec) {
        return rig().failure(() -> peer.session.consume(spec, new Inbox()));
    }

    /// With what outlives the process.
    interface Durable extends InterestContract {
        @Override
        Rig.Durable rig();

        @Test
        default void aTimeToLiveOutlivesTheProcess() {
            Peer peer = peer();
            peer.declare(Specs.stream("t", 1));
            peer.consume(
                            new ConsumeSpec(SCREEN, false, false, 0, 100)
                                    .with(new Interest(Filter.NONE, MINUTE_MS)),
                            new Inbox())
                    .close();
            peer.store("t", "a", "b");
            rig().checkpoint();
            rig().crash();
            Peer next = peer();
            next.store("t", "c");
            assertThat(next.stats(SCREEN).ready()).isEqualTo(3);
            rig().passMs(MINUTE_MS + 1_000);
            rig().await("all to leave", () -> next.stats(SCREEN).ready() == 0);
            rig().restart();
            assertThat(peer().stats(SCREEN).ready()).isZero();
        }
    }
}
