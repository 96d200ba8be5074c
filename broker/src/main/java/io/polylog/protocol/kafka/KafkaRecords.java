package io.polylog.protocol.kafka;

import java.io.InputStream;
import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.Writable;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.RecordsSend;
import org.apache.kafka.common.utils.BufferSupplier;
import org.jspecify.annotations.Nullable;

/// The one place that knows Kafka's internal record classes, which change with its versions.
/// Everything else of this package sees plain buffers. Stateless; any thread.
final class KafkaRecords {
    private KafkaRecords() {}

    /// The bytes a producer sent for one partition: a slice of the request, or null.
    static @Nullable ByteBuffer produced(ProduceRequestData.PartitionProduceData partition) {
        return partition.records() instanceof MemoryRecords memory
                ? memory.buffer().duplicate()
                : null;
    }

    /// Sets what a fetch found of one partition.
    static void attach(FetchResponseData.PartitionData partition, FetchedRecords records) {
        partition.setRecords(new Fetched(records));
    }

    /// A stream of the uncompressed records of a batch.
    ///
    /// @param codec 1 gzip, 2 snappy, 3 lz4, 4 zstd
    static InputStream uncompressed(int codec, ByteBuffer records) {
        return Compression.of(CompressionType.forId(codec))
                .build()
                .wrapForInput(records, RecordBatch.MAGIC_VALUE_V2, BufferSupplier.NO_CACHING);
    }

    /// Writes responses; fetched records arrive as what [#attach] was given.
    abstract static class Sink implements Writable {
        abstract void writeFetched(FetchedRecords records);

        @Override
        public void writeRecords(BaseRecords records) {
            writeFetched(((Fetched) records).records);
        }
    }

    private record Fetched(FetchedRecords records) implements BaseRecords {
        @Override
        public int sizeInBytes() {
            return records.sizeBytes();
        }

        @Override
        public RecordsSend<? extends BaseRecords> toSend() {
            throw new UnsupportedOperationException("written by the connection itself");
        }
    }
}
