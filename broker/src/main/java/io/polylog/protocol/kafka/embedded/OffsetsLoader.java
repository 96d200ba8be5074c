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
        Replay replay = new Replay(to, topics.get());
        try {
            replay.upTo(from.load(replay::all));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        return CompletableFuture.completedFuture(
                new LoadSummary(startedMs, time.milliseconds(), 0, replay.records, replay.bytes));
    }

    /// One partition on its way to the coordinator.
    private final class Replay {
        private final CoordinatorPlayback<CoordinatorRecord> to;
        private final GroupTopics now;
        private long records;
        private long bytes;
        private long end;

        Replay(CoordinatorPlayback<CoordinatorRecord> to, GroupTopics now) {
            this.to = to;
            this.now = now;
        }

        void all(MemoryRecords stored) {
            bytes += stored.sizeInBytes();
            for (RecordBatch batch : stored.batches()) {
                for (Record record : batch) {
                    records++;
                    one(batch, record);
                }
                upTo(batch.nextOffset());
            }
        }

        /// The log goes so far, though its newest records may have been compacted away.
        void upTo(long offset) {
            if (offset > end) {
                end = offset;
                to.updateLastWrittenOffset(end);
                to.updateLastCommittedOffset(end);
            }
        }

        private void one(RecordBatch batch, Record record) {
            try {
                CoordinatorRecord read = serde.deserialize(record.key(), record.value());
                if (!isOrphan(read, now)) {
                    to.replay(record.offset(), batch.producerId(), batch.producerEpoch(), read);
                }
            } catch (Deserializer.UnknownRecordTypeException e) {
                log.warn("a group record of unknown type {} is ignored", e.unknownType());
            }
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
