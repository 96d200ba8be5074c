package io.polylog.protocol.kafka.embedded;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.common.runtime.CoordinatorLoader;
import org.apache.kafka.coordinator.common.runtime.CoordinatorPlayback;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.Deserializer;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Plays the coordinator's partitions back to it. Offsets of topics that were deleted while nobody
/// was looking stay behind. On the group loop.
final class OffsetsLoader implements CoordinatorLoader<CoordinatorRecord> {
    private static final Logger log = LoggerFactory.getLogger(OffsetsLoader.class);

    private final Map<TopicPartition, OffsetsLog> logs;
    private final Supplier<GroupTopics> topics;
    private final Time time;
    private final GroupCoordinatorRecordSerde serde = new GroupCoordinatorRecordSerde();

    OffsetsLoader(Map<TopicPartition, OffsetsLog> logs, Supplier<GroupTopics> topics, Time time) {
        this.logs = logs;
        this.topics = topics;
        this.time = time;
    }

    @Override
    public CompletableFuture<LoadSummary> load(
            TopicPartition partition, CoordinatorPlayback<CoordinatorRecord> to) {
        OffsetsLog from = logs.get(partition);
        if (from == null) {
            return CompletableFuture.failedFuture(
                    new IllegalArgumentException("no partition " + partition));
        }
        long startedMs = time.milliseconds();
        long[] counts = new long[2];
        GroupTopics now = topics.get();
        try {
            long end =
                    from.load(records -> {
                        counts[0] += replay(records, to, now);
                        counts[1] += records.sizeInBytes();
                    });
            to.updateLastWrittenOffset(end);
            to.updateLastCommittedOffset(end);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        return CompletableFuture.completedFuture(
                new LoadSummary(startedMs, time.milliseconds(), 0, counts[0], counts[1]));
    }

    private long replay(
            MemoryRecords records, CoordinatorPlayback<CoordinatorRecord> to, GroupTopics now) {
        long count = 0;
        for (RecordBatch batch : records.batches()) {
            for (Record record : batch) {
                replay(batch, record, to, now);
                count++;
            }
            to.updateLastWrittenOffset(batch.nextOffset());
            to.updateLastCommittedOffset(batch.nextOffset());
        }
        return count;
    }

    private void replay(
            RecordBatch batch,
            Record record,
            CoordinatorPlayback<CoordinatorRecord> to,
            GroupTopics now) {
        try {
            CoordinatorRecord read = serde.deserialize(record.key(), record.value());
            if (!isOrphan(read, now)) {
                to.replay(record.offset(), batch.producerId(), batch.producerEpoch(), read);
            }
        } catch (Deserializer.UnknownRecordTypeException e) {
            log.warn("a group record of unknown type {} is ignored", e.unknownType());
        }
    }

    private static boolean isOrphan(CoordinatorRecord record, GroupTopics now) {
        if (!(record.key() instanceof OffsetCommitKey key)
                || record.value() == null
                || !(record.value().message() instanceof OffsetCommitValue value)) {
            return false;
        }
        return value.topicId().equals(Uuid.ZERO_UUID)
                ? now.byName(key.topic()).isEmpty()
                : now.byId(value.topicId()).isEmpty();
    }

    @Override
    public void close() {}
}
