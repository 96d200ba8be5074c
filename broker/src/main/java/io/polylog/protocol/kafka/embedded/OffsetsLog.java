package io.polylog.protocol.kafka.embedded;

import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.InternalStream;
import io.polylog.broker.Reader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.coordinator.common.runtime.PartitionWriter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One partition of the coordinator's own topic, as a client of the broker's log: an append
/// predicts its end and returns at once; that it is durable is told later. When the log does not
/// take one, everything proposed after it is void too: the owner must load the partition anew. On
/// the group loop.
final class OffsetsLog {
    private static final Logger log = LoggerFactory.getLogger(OffsetsLog.class);
    private static final int READ_BYTES = 1024 * 1024;

    private final InternalStream stream;
    private final GroupLoop loop;
    private final Runnable lost;
    private final List<PartitionWriter.Listener> listeners = new ArrayList<>();
    private final TopicPartition partition;
    private long expectedEnd;

    /// Counts the loads: answers to appends of an earlier one mean nothing any more.
    private long generation;

    private boolean writable;

    OffsetsLog(TopicPartition partition, InternalStream stream, GroupLoop loop, Runnable lost) {
        this.partition = partition;
        this.stream = stream;
        this.loop = loop;
        this.lost = lost;
    }

    void register(PartitionWriter.Listener listener) {
        listeners.add(listener);
    }

    void deregister(PartitionWriter.Listener listener) {
        listeners.remove(listener);
    }

    /// Gives every batch kept, oldest first, and is ready for appends afterwards. Blocks.
    ///
    /// @return one past the newest offset
    long load(Consumer<MemoryRecords> batches) {
        writable = false;
        generation++;
        long end = stream.endOffset();
        long next = 0;
        while (next < end) {
            Reader.ReadResult read = stream.read(next, READ_BYTES);
            if (read.damage() != null) {
                throw new IllegalStateException(
                        "%s cannot be read: %s".formatted(partition, read.damage()));
            }
            for (Reader.Entry entry : read.records()) {
                batches.accept(MemoryRecords.readableRecords(entry.content().bytes()));
            }
            if (read.nextOffset() <= next) {
                throw new IllegalStateException(
                        "%s ends at %d instead of %d".formatted(partition, next, end));
            }
            next = read.nextOffset();
        }
        expectedEnd = end;
        writable = true;
        return end;
    }

    /// Proposes the records and says where the log will end.
    long append(MemoryRecords records) {
        if (!writable) {
            throw new NotLeaderOrFollowerException(partition + " is being loaded");
        }
        ByteBuffer own = ByteBuffer.allocate(records.sizeInBytes());
        own.put(records.buffer().duplicate()).flip();
        Keys keys = place(own);
        long end = expectedEnd + keys.keys.size();
        long proposed = generation;
        stream.append(
                stream.epoch(),
                expectedEnd,
                keys.keys.size(),
                own,
                keys.keys,
                keys.tombstones,
                results -> {
                    Outcome outcome = results.getFirst().outcome();
                    loop.execute(() -> decided(proposed, end, outcome));
                });
        expectedEnd = end;
        return end;
    }

    private record Keys(List<byte @Nullable []> keys, List<Boolean> tombstones) {}

    /// Gives the batches their offsets and finds the records' keys.
    private Keys place(ByteBuffer bytes) {
        Keys keys = new Keys(new ArrayList<>(), new ArrayList<>());
        long next = expectedEnd;
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(bytes).batches()) {
            long span = batch.lastOffset() - batch.baseOffset() + 1;
            batch.setLastOffset(next + span - 1);
            batch.setPartitionLeaderEpoch((int) stream.epoch());
            next += span;
            for (Record record : batch) {
                keys.keys.add(key(record));
                keys.tombstones.add(!record.hasValue());
            }
        }
        return keys;
    }

    private static byte @Nullable [] key(Record record) {
        if (!record.hasKey()) {
            return null;
        }
        byte[] key = new byte[record.keySize()];
        record.key().get(key);
        return key;
    }

    private void decided(long proposed, long end, Outcome outcome) {
        if (proposed != generation || !writable) {
            return;
        }
        if (outcome == Outcome.APPENDED) {
            List.copyOf(listeners)
                    .forEach(listener -> listener.onHighWatermarkUpdated(partition, end));
            return;
        }
        log.warn("{} was not written ({}): the coordinator loads it anew", partition, outcome);
        writable = false;
        lost.run();
    }
}
