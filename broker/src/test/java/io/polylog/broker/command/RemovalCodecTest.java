package io.polylog.broker.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Compaction;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Kept;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.OwnTime;
import io.polylog.broker.TopicSpec.PerSubject;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.command.OpenStreamCommand.Keeps;
import io.polylog.message.TopicName;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What says nothing of removal is written as it was before there was any, and read.
class RemovalCodecTest {
    private static byte[] bytes(HeadWriter head) {
        byte[] all = new byte[head.length()];
        head.toBuffer().get(all);
        return all;
    }

    @Test
    void a_stream_opened_by_version_2_is_read_and_one_of_its_kind_written_so() {
        HeadWriter old = new HeadWriter(16);
        old.octet(2).number(7).octet(3).number(0);
        OpenStreamCommand compacted = new OpenStreamCommand(7, Keeps.COMPACTED, QueuePolicy.NONE);
        assertThat(OpenStreamCommand.decode(old.toBuffer())).isEqualTo(compacted);
        HeadWriter now = new HeadWriter(16);
        compacted.encode(now);
        assertThat(bytes(now)).isEqualTo(bytes(old));

        HeadWriter next = new HeadWriter(16);
        OpenStreamCommand limited = opened(new PerSubject(5, false));
        limited.encode(next);
        assertThat(bytes(next)[0]).isEqualTo((byte) 3);
        assertThat(OpenStreamCommand.decode(next.toBuffer())).isEqualTo(limited);

        HeadWriter refusing = new HeadWriter(16);
        OpenStreamCommand refuses = opened(new PerSubject(5, true));
        refuses.encode(refusing);
        assertThat(bytes(refusing)[0]).isEqualTo((byte) 4);
        assertThat(OpenStreamCommand.decode(refusing.toBuffer())).isEqualTo(refuses);
    }

    private static OpenStreamCommand opened(PerSubject perSubject) {
        return opened(perSubject, OwnTime.IGNORED, Kept.ALWAYS);
    }

    private static OpenStreamCommand opened(PerSubject perSubject, OwnTime ownTime, Kept kept) {
        return new OpenStreamCommand(
                7, Keeps.REMOVABLE, QueuePolicy.NONE, perSubject, ownTime, kept);
    }

    @ParameterizedTest
    @EnumSource
    void what_becomes_of_messages_with_a_time_of_their_own_comes_back(OwnTime ownTime) {
        HeadWriter open = new HeadWriter(16);
        OpenStreamCommand opened = opened(PerSubject.ALL, ownTime, Kept.UNTIL_DONE);
        opened.encode(open);
        assertThat(OpenStreamCommand.decode(open.toBuffer())).isEqualTo(opened);

        Retention heeding = Retention.FOREVER.withRemoval().withOwnTime(ownTime);
        AlterTopicCommand altered =
                new AlterTopicCommand(new UUID(1, 2), heeding.withPerSubject(3), null, Map.of());
        HeadWriter alter = new HeadWriter(64);
        altered.encode(alter);
        assertThat(AlterTopicCommand.decode(alter.toBuffer())).isEqualTo(altered);
    }

    @Test
    void a_retention_of_version_1_is_read() {
        UUID id = new UUID(1, 2);
        HeadWriter old = new HeadWriter(64);
        old.octet(1).fixed(1).fixed(2);
        old.signed(60).signed(-1).flag(false).flag(true).number(1).number(2).number(3).number(0);
        Retention compacted = new Retention(60, -1, false, new Compaction(1, 2, 3));
        AlterTopicCommand alter = new AlterTopicCommand(id, compacted, null, Map.of());
        assertThat(AlterTopicCommand.decode(old.toBuffer())).isEqualTo(alter);
        HeadWriter now = new HeadWriter(64);
        alter.encode(now);
        assertThat(bytes(now)).isEqualTo(bytes(old));
    }

    @Test
    void a_policy_that_changes_comes_back() {
        Retention refusing = Retention.FOREVER.withRemoval().with(new PerSubject(5, true));
        QueuePolicy limited = QueuePolicy.NONE.with(new Limits(3, -1, Overflow.REFUSE));
        for (QueuePolicy policy : Arrays.asList(null, QueuePolicy.NONE, limited)) {
            AlterTopicCommand alter =
                    new AlterTopicCommand(new UUID(1, 2), refusing, policy, Map.of("a", "b"));
            HeadWriter head = new HeadWriter(64);
            alter.encode(head);
            assertThat(bytes(head)[0]).isEqualTo((byte) 3);
            assertThat(AlterTopicCommand.decode(head.toBuffer())).isEqualTo(alter);
        }
    }

    @ParameterizedTest
    @EnumSource
    void how_long_subscriptions_keep_a_message_comes_back(Kept kept) {
        int level = kept == Kept.ALWAYS ? 0 : 1;
        HeadWriter opening = new HeadWriter(16);
        OpenStreamCommand open = opened(PerSubject.ALL, OwnTime.IGNORED, kept);
        open.encode(opening);
        assertThat(bytes(opening)[0]).isEqualTo((byte) (3 + level));
        assertThat(OpenStreamCommand.decode(opening.toBuffer())).isEqualTo(open);

        HeadWriter altering = new HeadWriter(64);
        Retention retention = Retention.FOREVER.withRemoval().with(kept);
        AlterTopicCommand alter = new AlterTopicCommand(new UUID(1, 2), retention, null, Map.of());
        alter.encode(altering);
        assertThat(bytes(altering)[0]).isEqualTo((byte) (2 + level));
        assertThat(AlterTopicCommand.decode(altering.toBuffer())).isEqualTo(alter);
    }

    @Test
    void where_a_topic_begins_comes_back() {
        QueuePolicy later =
                QueuePolicy.NONE.with(QueuePolicy.Admission.FREE.withIndex().from(1L << 40));
        OpenStreamCommand open = new OpenStreamCommand(7, Keeps.REMOVABLE, later);
        HeadWriter opening = new HeadWriter(16);
        open.encode(opening);
        assertThat(bytes(opening)[0]).isEqualTo((byte) 4);
        assertThat(OpenStreamCommand.decode(opening.toBuffer())).isEqualTo(open);
    }

    @Test
    void a_purge_comes_back() {
        PurgeCommand purge = new PurgeCommand(7, List.of("a.#", "*"), 5, 1L << 40);
        HeadWriter head = new HeadWriter(64);
        purge.encode(head);
        assertThat(PurgeCommand.decode(head.toBuffer())).isEqualTo(purge);
    }

    @Test
    void what_is_kept_of_each_subject_comes_back() {
        TopicSpec spec =
                new TopicSpec(
                        TopicName.of("t"),
                        Form.MESSAGES,
                        1,
                        Retention.FOREVER.withRemoval().withPerSubject(9),
                        Lifetime.DURABLE,
                        QueuePolicy.NONE.with(QueuePolicy.Admission.FREE.withIndex()),
                        Map.of());
        HeadWriter head = new HeadWriter(64);
        new DeclareTopicCommand(spec, new UUID(1, 2), 0, 1, null).encode(head);
        assertThat(bytes(head)[0]).isEqualTo((byte) 3);
        assertThat(DeclareTopicCommand.decode(head.toBuffer()).spec()).isEqualTo(spec);
    }
}
