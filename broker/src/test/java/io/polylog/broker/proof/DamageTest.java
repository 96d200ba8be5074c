package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Delivery;
import io.polylog.broker.Reader;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import io.polylog.metrics.Exposition;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A message whose bytes on the disk have changed is never delivered, never passed over in silence
/// and never settled: its consumer fails, and what lies before and behind it comes as ever.
final class DamageTest {
    private static final String BEFORE_AND_BEHIND = "[m0, m1, m2, m4, m5, m6, m7, m8, m9]";

    private final ThreadedRig.Local rig = new ThreadedRig.Local(1);

    @AfterEach
    void close() {
        rig.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_consumer_gets_what_comes_before_and_is_told(boolean stoppedInPeace) {
        storeTen("q");
        rig.restartDamaged("m3 of q", stoppedInPeace);

        Inbox inbox = rig.peer().consume("q");
        rig.await("it is told", () -> inbox.failure != null);
        rig.quiesce();
        assertThat(shortTexts(inbox)).containsExactly("m0", "m1", "m2");
        assertThat(inbox.failure)
                .isInstanceOfSatisfying(
                        BrokerException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DAMAGED))
                .hasMessageContainingAll("'q'", "offsets 3 to 3");
    }

    @Test
    void what_lies_behind_comes_to_the_next_consumer_and_the_damaged_one_stays_unsettled() {
        storeTen("q");
        rig.restartDamaged("m3 of q", true);
        Peer peer = rig.peer();

        assertThat(drain(peer, "q", 1).toString()).isEqualTo(BEFORE_AND_BEHIND);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 1, 0));
        rig.restart();
        peer = rig.peer();
        assertThat(peer.stats("q").ready()).isEqualTo(1);
        assertThat(drain(peer, "q", 1)).as("told again after a start").isEmpty();
        assertThat(rig.await(peer.session.purge(TopicName.of("q")))).isEqualTo(1);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 0, 0));
        peer.store("q", "next");
        assertThat(peer.take("q")).isPresent();
    }

    @Test
    void a_consumer_that_settles_nothing_is_told_behind_what_comes_before() {
        storeTen("q");
        rig.restartDamaged("m3 of q", true);
        Inbox inbox = new Inbox();
        inbox.room = 1;
        Peer peer = rig.peer();
        var consumer = peer.consume(new ConsumeSpec(Peer.own("q"), true, false, 0, 10), inbox);
        rig.await("the first", () -> inbox.size() == 1);
        rig.quiesce();
        assertThat(inbox.failure).isNull();
        inbox.room = Integer.MAX_VALUE;
        consumer.resume();
        rig.await("it is told", () -> inbox.failure != null);

        assertThat(shortTexts(inbox)).containsExactly("m0", "m1", "m2");
        rig.await("the others are back", () -> peer.stats("q").equals(new TopicStats(6, 1, 0)));
    }

    @Test
    void a_take_is_refused_once() {
        storeTen("q");
        rig.restartDamaged("m3 of q", true);
        Peer peer = rig.peer();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            texts.add(shortText(peer.take("q").orElseThrow()));
        }
        assertThatThrownBy(() -> peer.take("q"))
                .isInstanceOfSatisfying(
                        BrokerException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DAMAGED));
        for (int i = 4; i < 10; i++) {
            texts.add(shortText(peer.take("q").orElseThrow()));
        }

        assertThat(texts.toString()).isEqualTo(BEFORE_AND_BEHIND);
        assertThat(peer.take("q")).isEmpty();
    }

    @Test
    void each_subscription_of_a_topic_is_told_and_other_queues_are_as_ever() {
        Peer peer = rig.peer();
        peer.declare(Specs.stream("t", 1));
        store(peer, "t");
        storeTen("q");
        rig.restartDamaged("m3 of t", true);

        for (String name : List.of("s1", "s2")) {
            SubscriptionRef ref = new SubscriptionRef(TopicName.of("t"), name);
            Inbox inbox = new Inbox();
            rig.peer()
                    .consume(
                            new ConsumeSpec(ref, false, false, 0, 100, Start.Edge.FIRST, null),
                            inbox);
            rig.await("it is told", () -> inbox.failure != null);
            assertThat(shortTexts(inbox)).containsExactly("m0", "m1", "m2");
        }
        assertThat(drain(rig.peer(), "q", 0)).hasSize(10);
    }

    @Test
    void a_damaged_header_takes_what_it_leads_to_and_not_what_lies_elsewhere() {
        Peer peer = rig.peer();
        peer.queue("q");
        peer.queue("other");
        store(peer, "q");
        store(peer, "other");
        store(peer, "q");
        rig.restartDamaged("m3 of q", true, -4);

        peer = rig.peer();
        List<String> texts = drain(peer, "q", 1);
        assertThat(texts).hasSize(13).startsWith("m0", "m1", "m2", "m0", "m1").endsWith("m9");
        assertThat(peer.stats("q").unsettled()).isEqualTo(7);
        assertThat(drain(peer, "other", 0)).hasSize(10);
    }

    @Test
    void it_is_counted_once_whoever_comes_by() {
        storeTen("q");
        rig.restartDamaged("m3 of q", true);
        Peer peer = rig.peer();
        Reader reader = peer.reader("q", 0);
        Reader.ReadResult read = rig.await(reader.read(0, 100_000));
        assertThat(read.records()).hasSize(3);
        assertThat(read.damage()).contains("offsets 3 to 3", ".log bytes ");
        assertThat(drain(peer, "q", 1)).hasSize(9);

        try (Exposition exposition = new Exposition(rig.metrics)) {
            assertThat(exposition.scrape()).contains("polylog_messages_unreadable_total 1.0");
        }
    }

    private void storeTen(String queue) {
        Peer peer = rig.peer();
        peer.queue(queue);
        store(peer, queue);
        // A later block vouches for this one: else, without power, it may be a torn tail.
        peer.queue("later");
        peer.store("later", "x");
    }

    private static void store(Peer peer, String queue) {
        peer.store(
                queue,
                IntStream.range(0, 10)
                        .mapToObj(i -> "m" + i + " of " + queue)
                        .toArray(String[]::new));
    }

    /// Consumes and settles all there is, with a new consumer whenever one fails.
    ///
    /// @param failures how often one must
    private List<String> drain(Peer peer, String queue, int failures) {
        List<String> texts = new ArrayList<>();
        for (int failed = 0; failed <= failures; failed++) {
            boolean last = failed == failures;
            Inbox inbox = new Inbox();
            var consumer = peer.consume(Peer.spec(queue, 100), inbox);
            rig.await(
                    "nothing is ready",
                    () -> {
                        List<Delivery> fresh = inbox.drain();
                        fresh.forEach(delivery -> texts.add(shortText(delivery)));
                        peer.accept(fresh.toArray(Delivery[]::new));
                        return last ? peer.stats(queue).ready() == 0 : inbox.failure != null;
                    });
            assertThat(inbox.failure == null).isEqualTo(last);
            rig.await(consumer.close());
        }
        return texts;
    }

    private static List<String> shortTexts(Inbox inbox) {
        return inbox.deliveries.stream().map(DamageTest::shortText).toList();
    }

    private static String shortText(Delivery delivery) {
        return Inbox.text(delivery).substring(0, 2);
    }
}
