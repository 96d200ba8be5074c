package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.log.sim.Temper;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A removal that the process's death cuts off, wherever it does, has happened or has not: never is
/// a topic left without its messages, or an offset given twice.
final class RemovalCrashTest {
    private static final int STEPS = 60;
    private static final String NAME = "t";

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aTopicIsGoneOrWhole(int shards) {
        int gone = 0;
        for (int steps = 0; steps < STEPS; steps++) {
            gone += cutOff(shards, steps, false, RemovalCrashTest::filled) ? 1 : 0;
        }
        assertThat(gone).as("cut off before and after the decision").isBetween(1, STEPS - 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aTopicThatMustBeEmptyIsGoneOrTakesMessagesAgain(int shards) {
        int gone = 0;
        for (int steps = 0; steps < STEPS; steps++) {
            gone += cutOff(shards, steps, true, RemovalCrashTest::emptied) ? 1 : 0;
        }
        assertThat(gone).as("cut off before and after the decision").isBetween(1, STEPS - 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aProvisionalTopicIsReplacedOrTakesMessagesAgain(int shards) {
        int replaced = 0;
        for (int steps = 0; steps < STEPS; steps++) {
            try (ModelledRig rig = new ModelledRig(steps, shards, Temper.LOCAL)) {
                Peer peer = rig.peer();
                peer.declare(provisional());
                peer.session.declareTopic(Specs.queue(NAME));
                work(rig, steps);
                rig.crash();
                Topic found = rig.broker().definitions().topic(TopicName.of(NAME));
                assertThat(found).isNotNull();
                replaced += found.spec().isQueue() ? 1 : 0;
                rig.peer().store(NAME, "after");
                List<String> texts = new ArrayList<>();
                for (int partition = 0; partition < found.partitions().size(); partition++) {
                    texts.addAll(rig.peer().readTexts(NAME, partition));
                }
                assertThat(texts).containsExactly("after");
                rig.checkReplay();
            }
        }
        assertThat(replaced).as("cut off before and after the decision").isBetween(1, STEPS - 1);
    }

    /// Removes a topic, works on for some steps and dies; gives whether the topic is gone then.
    private static boolean cutOff(int shards, int steps, boolean ifEmpty, Consumer<Peer> before) {
        try (ModelledRig rig = new ModelledRig(steps, shards, Temper.LOCAL)) {
            Peer peer = rig.peer();
            before.accept(peer);
            long end = peer.reader(NAME, 0).endOffset();
            long start = peer.reader(NAME, 0).startOffset();
            peer.session.deleteTopic(TopicName.of(NAME), false, ifEmpty);
            work(rig, steps);
            rig.crash();
            rig.checkReplay();
            if (rig.broker().definitions().topic(TopicName.of(NAME)) == null) {
                assertThat(rig.peer().publish(Peer.to(NAME), "x").name()).isEqualTo("NOT_FOUND");
                return true;
            }
            Peer next = rig.peer();
            assertThat(next.reader(NAME, 0).startOffset()).isEqualTo(start);
            assertThat(next.reader(NAME, 0).endOffset()).isEqualTo(end);
            next.store(NAME, "after");
            assertThat(next.readTexts(NAME, 0)).hasSize((int) (end - start) + 1).endsWith("after");
            return false;
        }
    }

    private static void work(ModelledRig rig, int steps) {
        for (int i = 0; i < steps; i++) {
            rig.work();
        }
    }

    private static void filled(Peer peer) {
        peer.queue(NAME);
        peer.store(NAME, "a", "b");
    }

    private static void emptied(Peer peer) {
        filled(peer);
        peer.accept(peer.take(NAME).orElseThrow(), peer.take(NAME).orElseThrow());
    }

    private static TopicSpec provisional() {
        return Specs.spec(
                NAME, TopicSpec.Form.MESSAGES, 2, TopicSpec.Retention.FOREVER, Specs.PROVISIONAL);
    }
}
