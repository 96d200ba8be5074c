package io.polylog.protocol.kafka;

import io.polylog.broker.Reader;
import io.polylog.message.Message;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One partition of a fetch: what was read of it so far. On the connection's loop.
final class FetchedPartition {
    private static final Logger log = LoggerFactory.getLogger(FetchedPartition.class);
    private static final long NONE = -1;

    private final KafkaNode node;
    private final int maxBytes;
    private final PartitionData answer;
    private final FetchedRecords records = new FetchedRecords();
    private final BatchBuilder builder = new BatchBuilder(records);
    private long position;
    private boolean urgent;
    private @Nullable Reader reader;
    private Reader.@Nullable Watch watch;

    FetchedPartition(KafkaNode node, FetchPartition asked) {
        this.node = node;
        maxBytes = Math.max(asked.partitionMaxBytes(), 1);
        position = asked.fetchOffset();
        answer = new PartitionData().setPartitionIndex(asked.partition());
        KafkaRecords.attach(answer, records);
    }

    PartitionData answer() {
        return answer;
    }

    int bytes() {
        return records.sizeBytes();
    }

    /// Whether the client must hear of it now.
    boolean urgent() {
        return urgent;
    }

    void fail(Errors error) {
        urgent = true;
        reader = null;
        answer.setErrorCode(error.code())
                .setHighWatermark(NONE)
                .setLastStableOffset(NONE)
                .setLogStartOffset(NONE);
    }

    /// Begins at the offset asked for. On a queue, what was settled meanwhile is a gap and not an
    /// error: a reader goes on at the oldest message kept.
    void open(Reader from, boolean queue) {
        reader = from;
        if (queue && position >= 0) {
            position = Math.max(position, from.startOffset());
        }
        if (position < from.startOffset() || position > from.endOffset()) {
            fail(Errors.OFFSET_OUT_OF_RANGE);
        }
    }

    /// Reads what there is within `room` bytes. Answers false when that takes time: then `after`
    /// runs when it is done.
    boolean read(int room, Runnable after) {
        int most = Math.min(room, maxBytes - bytes());
        if (reader == null || most <= 0 || position >= reader.endOffset()) {
            return true;
        }
        CompletionStage<Reader.ReadResult> stage = reader.read(position, most);
        CompletableFuture<Reader.ReadResult> future = stage.toCompletableFuture();
        if (future.state() == java.util.concurrent.Future.State.SUCCESS) {
            take(future.resultNow());
            return true;
        }
        stage.whenComplete((result, error) -> {
            if (error == null) {
                take(result);
            } else {
                log.error("cannot read partition {}", answer.partitionIndex(), error);
                fail(Errors.KAFKA_STORAGE_ERROR);
            }
            after.run();
        });
        return false;
    }

    private void take(Reader.ReadResult result) {
        try {
            result.records().forEach(this::take);
            builder.finish();
        } catch (IllegalArgumentException e) {
            log.error("cannot open a record of partition {}", answer.partitionIndex(), e);
            fail(Errors.CORRUPT_MESSAGE);
            return;
        }
        if (result.damage() != null && bytes() == 0) {
            fail(Errors.CORRUPT_MESSAGE);
            return;
        }
        position = Math.max(position, result.nextOffset());
        urgent |= result.damage() != null || bytes() >= maxBytes;
    }

    private void take(Reader.Entry entry) {
        switch (entry.content().encoding()) {
            case KafkaBatchCodec.ENCODING -> {
                builder.finish();
                records.add(entry.offset(), entry.content().bytes());
            }
            case KafkaBatchCodec.LOG_TIME_ENCODING -> {
                builder.finish();
                records.add(
                        entry.offset(),
                        KafkaBatch.withLogTime(entry.content().bytes(), entry.timeMs()));
            }
            case KafkaRecordCodec.ENCODING ->
                    builder.add(
                            entry.offset(),
                            time(KafkaRecordCodec.timestampMs(entry.content().bytes()), entry),
                            KafkaRecordCodec.tail(entry.content().bytes()));
            default -> translate(entry);
        }
    }

    private void translate(Reader.Entry entry) {
        List<Message> messages =
                node.codec(entry.content().encoding()).open(entry.content().bytes());
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            builder.add(
                    entry.offset() + i,
                    time(message.properties().timestampMs(), entry),
                    KafkaMapping.tail(message));
        }
    }

    /// The sender's time, or else the log's.
    private static long time(long timestampMs, Reader.Entry entry) {
        return timestampMs > 0 ? timestampMs : entry.timeMs();
    }

    /// Calls back once there is more than was read.
    void watch(Runnable more) {
        if (reader != null) {
            watch = reader.whenBeyond(position, more);
        }
    }

    boolean unwatch() {
        if (watch == null) {
            return false;
        }
        watch.cancel();
        watch = null;
        return true;
    }

    /// Fills in where the partition stands.
    void finish() {
        if (reader != null) {
            answer.setHighWatermark(reader.endOffset())
                    .setLastStableOffset(reader.endOffset())
                    .setLogStartOffset(reader.startOffset());
        }
    }
}
