package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.Growth;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.QueuePolicy.Retry;
import io.polylog.broker.Reader;
import io.polylog.broker.TopicSpec.Compaction;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import io.polylog.metrics.Exposition;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Each message that leaves is counted once, by what made it leave, and not again after a restart.
class RemovalsTest {
    private static final long HOUR_MS = 3_600_000;

    @Test
    void what_leaves_is_counted_by_cause() {
        try (ThreadedRig.Local rig = new ThreadedRig.Local(1)) {
            Peer peer = rig.peer();
            settleTwoAndPurgeThree(rig, peer);
            keep(rig, peer, "trimmed", Retention.FOREVER, 4);
            rig.await(peer.session.trim(TopicName.of("trimmed"), 0, 3));
            peer.delete("trimmed"); // with the one that was left
            keep(rig, peer, "aged", new Retention(HOUR_MS, -1, false, false), 5);
            keep(rig, peer, "large", new Retention(-1, 0, false, false), 6);
            keep(
                    rig,
                    peer,
                    "table",
                    new Retention(-1, -1, false, new Compaction(0, HOUR_MS, 0)),
                    7);
            rig.passMs(HOUR_MS + 2_000);
            await(rig, peer, "aged", 5);
            await(rig, peer, "large", 6);
            leaveByPolicy(rig, peer);
            rig.await("a pass", () -> peer.readTexts("table", 0).size() == 1);

            String[] expected = {
                "settled 1.0",
                "rejected 1.0",
                "length 8.0",
                "attempts 9.0",
                "purged 3.0",
                "deleted 4.0",
                "expired 7.0",
                "size 6.0",
                "superseded 6.0"
            };
            check(rig, "removed", expected);
            rig.crash();
            check(rig, "removed", expected);
        }
    }

    @Test
    void what_is_not_stored_is_counted_by_cause() {
        try (ThreadedRig.Local rig = new ThreadedRig.Local(1)) {
            Peer peer = rig.peer();
            QueuePolicy policy =
                    QueuePolicy.NONE
                            .with(new Admission(new Deduplication(HOUR_MS, 9)))
                            .with(new Limits(2, -1, Overflow.REFUSE));
            peer.declare(Specs.queue("q", policy));
            Publication first = DeduplicationContract.identified("", "q", "1:a");
            Publication late =
                    new Publication(
                            first.address(), first.content(), new Expectation(Scope.STREAM, 7));
            Publication wrong =
                    new Publication(Peer.to("q"), Peer.content("b"), late.expectation());
            Publication more = new Publication(Peer.to("q"), Peer.content("c"));
            rig.await(peer.send(List.of(first, late, first, wrong, more, more, first, more)));

            assertThat(rig.await(peer.send(List.of(more)))).containsExactly(Outcome.REJECTED);
            String[] expected = {"duplicate 3.0", "conflict 1.0", "full 3.0"};
            check(rig, "unstored", expected);
            rig.crash();
            check(rig, "unstored", expected);
        }
    }

    private static void settleTwoAndPurgeThree(Rig rig, Peer peer) {
        peer.queue("q");
        peer.store("q", "a", "b", "c", "d", "e");
        peer.accept(peer.take("q").orElseThrow());
        peer.reject(peer.take("q").orElseThrow());
        assertThat(rig.await(peer.session.purge(TopicName.of("q")))).isEqualTo(3);
    }

    private static void leaveByPolicy(Rig rig, Peer peer) {
        peer.declare(Specs.queue("brief", QueuePolicy.NONE.with(new Expiry(1_000, -1))));
        peer.store("brief", "a", "b");
        rig.passMs(1_100);
        rig.await("both expire", () -> peer.stats("brief").ready() == 0);
        Limits limits = new Limits(0, -1, Overflow.DROP_OLDEST);
        peer.declare(Specs.queue("narrow", QueuePolicy.NONE.with(limits)));
        peer.store("narrow", "a", "b", "c", "d", "e", "f", "g", "h");
        Retry once = new Retry(0, Growth.CONSTANT, 0, 0);
        peer.declare(Specs.queue("strict", QueuePolicy.NONE.with(once)));
        for (int i = 0; i < 9; i++) {
            peer.store("strict", "m");
            peer.release(peer.take("strict").orElseThrow());
        }
        for (String queue : List.of("brief", "narrow", "strict")) {
            assertThat(peer.stats(queue)).isEqualTo(new TopicStats(0, 0, 0));
        }
    }

    private static void keep(Rig rig, Peer peer, String name, Retention retention, int count) {
        peer.declare(Specs.spec(name, Form.MESSAGES, 1, retention, Lifetime.DURABLE));
        for (int i = 0; i < count; i++) {
            Envelope envelope = new Envelope(0, -1, -1, new byte[] {1});
            Content content = new Content(Peer.TEXT, envelope, ByteBuffer.wrap(new byte[] {65}));
            rig.await(peer.send(List.of(new Publication(Peer.to(name), content))));
        }
    }

    private static void await(Rig rig, Peer peer, String topic, long start) {
        Reader reader = peer.reader(topic, 0);
        rig.await(topic + " is trimmed", () -> reader.startOffset() == start);
    }

    private static void check(ThreadedRig rig, String what, String... expected) {
        try (Exposition exposition = new Exposition(rig.metrics)) {
            List<String> lines =
                    exposition
                            .scrape()
                            .lines()
                            .filter(l -> l.contains("messages_" + what))
                            .toList();
            for (String cause : expected) {
                String[] parts = cause.split(" ", -1);
                assertThat(lines)
                        .contains(
                                "polylog_messages_%s_total{cause=\"%s\"} %s"
                                        .formatted(what, parts[0], parts[1]));
            }
        }
    }
}
