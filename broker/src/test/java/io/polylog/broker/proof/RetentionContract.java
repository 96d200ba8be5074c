package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Reader;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What topics keep: for a time, up to a size, from an offset on.
interface RetentionContract extends BrokerContract {
    long HOUR_MS = 3_600_000;

    @Test
    default void whatIsOlderThanATopicKeepsGoesAndWhatIsYoungerStays() {
        Peer peer = kept(new Retention(HOUR_MS, -1, false, false));
        peer.store("t", "old", "older");
        rig().passMs(HOUR_MS / 2);
        peer.store("t", "young");
        Reader reader = peer.reader("t", 0);
        assertThat(reader.startOffset()).isZero();

        rig().passMs(HOUR_MS / 2 + 2_000);
        rig().await("the old ones go", () -> reader.startOffset() == 2);
        assertThat(peer.readTexts("t", 0)).containsExactly("young");
        assertThat(rig().await(reader.read(0, 100)).records()).isEmpty();

        rig().passMs(HOUR_MS);
        rig().await("all go", () -> reader.startOffset() == 3);
        assertThat(reader.endOffset()).isEqualTo(3);
        peer.store("t", "next");
        assertThat(peer.readTexts("t", 0)).containsExactly("next");
    }

    @Test
    default void whatIsMoreThanATopicKeepsGoesOldestFirst() {
        Peer peer = kept(new Retention(-1, 100_000, false, false));
        String filling = "x".repeat(1_000);
        for (int i = 0; i < 30; i++) {
            peer.store("t", IntStream.range(0, 10).mapToObj(n -> filling).toArray(String[]::new));
        }
        Reader reader = peer.reader("t", 0);

        rig().passMs(2_000);
        rig().await("the oldest go", () -> reader.startOffset() >= 170);
        rig().passMs(2_000);
        rig().quiesce();
        assertThat(reader.startOffset()).as("at least what it keeps").isLessThanOrEqualTo(200);
        assertThat(reader.endOffset()).isEqualTo(300);
        assertThat(rig().await(reader.heldBytes())).isEqualTo((300 - reader.startOffset()) * 1_000);
    }

    @Test
    default void aTopicCanBeMadeToKeepLess() {
        Peer peer = kept(Retention.FOREVER);
        peer.store("t", "a", "b", "c");
        rig().passMs(10 * HOUR_MS);
        Reader reader = peer.reader("t", 0);
        rig().quiesce();
        assertThat(reader.startOffset()).isZero();

        Retention hour = new Retention(HOUR_MS, -1, false, false);
        Topic altered = alter(peer, "t", hour, Map.of("k", "v"));
        assertThat(altered.spec().retention()).isEqualTo(hour);
        assertThat(altered.spec().arguments()).isEqualTo(Map.of("k", "v"));
        assertThat(peer.session.definitions().topic(altered.id())).isEqualTo(altered);
        rig().passMs(2_000);
        rig().await("all go", () -> reader.startOffset() == 3);
    }

    @Test
    default void whatATopicIsCannotBeAltered() {
        Peer peer = kept(Retention.FOREVER);
        peer.queue("q");

        for (Retention other : List.of(Retention.QUEUE, new Retention(-1, -1, false, true))) {
            assertThat(rig().failure(() -> peer.session.alterTopic(name("t"), other, Map.of())))
                    .isEqualTo(Kind.INVALID);
        }
        assertThat(
                        rig().failure(() ->
                                peer.session.alterTopic(name("q"), Retention.QUEUE, Map.of())))
                .isEqualTo(Kind.INVALID);
        assertThat(
                        rig().failure(() ->
                                peer.session.alterTopic(name("n"), Retention.FOREVER, Map.of())))
                .isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    default void theOldestRecordsAreRemovedWhenAskedFor() {
        Peer peer = kept(Retention.FOREVER);
        peer.queue("q");
        peer.store("q", "owed");
        peer.store("t", "a", "b", "c", "d");

        assertThat(rig().await(peer.session.trim(name("t"), 0, 2))).isEqualTo(2);
        assertThat(peer.readTexts("t", 0)).containsExactly("c", "d");
        assertThat(rig().await(peer.session.trim(name("t"), 0, 1))).isEqualTo(2);
        assertThat(rig().await(peer.session.trim(name("t"), 0, 4))).isEqualTo(4);
        assertThat(peer.readTexts("t", 0)).isEmpty();
        assertThat(rig().failure(() -> peer.session.trim(name("t"), 0, 5))).isEqualTo(Kind.INVALID);
        assertThat(rig().failure(() -> peer.session.trim(name("t"), 1, 0)))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().failure(() -> peer.session.trim(name("q"), 0, 1))).isEqualTo(Kind.INVALID);
        assertThat(peer.readTexts("q", 0)).containsExactly("owed");
    }

    @Test
    default void aSubscriptionGoesOnWithWhatIsLeftAndItsCreditIsFree() {
        Peer peer = kept(Retention.FOREVER);
        SubscriptionRef ref = new SubscriptionRef(name("t"), "s");
        Inbox inbox = new Inbox();
        inbox.room = 1;
        var consumer = peer.consume(new ConsumeSpec(ref, false, false, 0, 10), inbox);
        for (int i = 0; i < 10; i++) {
            peer.store("t", "m" + i);
        }
        rig().await("the first", () -> inbox.size() == 1);
        rig().quiesce();
        rig().await(peer.session.trim(name("t"), 0, 10));
        inbox.room = Integer.MAX_VALUE;
        consumer.resume();
        rig().quiesce();
        inbox.drain();
        for (int i = 10; i < 20; i++) {
            peer.store("t", "m" + i);
        }

        rig().await("nine fit beside the unsettled one", () -> inbox.size() >= 9);
        assertThat(inbox.texts()).startsWith("m10", "m11");
    }

    @Test
    default void recordsAreFoundByTheirOwnTimes() {
        Peer peer = kept(Retention.FOREVER);
        Reader reader = peer.reader("t", 0);
        assertThat(rig().await(reader.newest())).isEqualTo(-1);
        long[] times = new long[3_000];
        List<Publication> batch = new ArrayList<>();
        for (int i = 0; i < times.length; i++) {
            // Going up, but with neighbours out of order and one far too new.
            times[i] = i == 700 ? 50_000 : 10_000 + 10L * (i ^ 3);
            Envelope envelope = new Envelope(times[i], -1, -1, null);
            Content content = new Content(Peer.TEXT, envelope, ByteBuffer.allocate(100));
            batch.add(new Publication(Peer.to("t"), content));
            if (batch.size() == 100) {
                rig().await(peer.send(batch));
                batch = new ArrayList<>();
            }
        }

        assertThat(rig().await(reader.newest())).isEqualTo(700);
        for (long asked : new long[] {0, 10_000, 10_005, 12_340, 16_990, 25_000, 39_990}) {
            Reader.OffsetAtTime found = rig().await(reader.find(asked));
            int expected = 0;
            while (times[expected] < asked) {
                expected++;
            }
            assertThat(found).as("at %d", asked).isNotNull();
            if (expected != 700) {
                assertThat(found)
                        .as("at %d", asked)
                        .isEqualTo(new Reader.OffsetAtTime(expected, times[expected]));
            } else {
                assertThat(found.timeMs()).isGreaterThanOrEqualTo(asked);
            }
        }
        assertThat(rig().<Reader.OffsetAtTime>await(reader.find(50_001))).isNull();
    }

    @Test
    default void aTopicThatLivesInMemoryKeepsNoMoreThanItSays() {
        Peer peer = peer();
        peer.declare(
                Specs.spec(
                        "t",
                        Form.MESSAGES,
                        1,
                        new Retention(HOUR_MS, -1, false, false),
                        Specs.IN_MEMORY));
        peer.store("t", "a");
        Reader reader = peer.reader("t", 0);
        rig().passMs(HOUR_MS + 2_000);

        rig().await("it goes", () -> reader.startOffset() == 1);
    }

    private Peer kept(Retention retention) {
        Peer peer = peer();
        TopicSpec spec = Specs.spec("t", Form.MESSAGES, 1, retention, Lifetime.DURABLE);
        peer.declare(spec);
        return peer;
    }

    private Topic alter(
            Peer peer, String topic, Retention retention, Map<String, String> arguments) {
        return rig().await(peer.session.alterTopic(name(topic), retention, arguments));
    }

    private static TopicName name(String text) {
        return TopicName.of(text);
    }
}
