package io.polylog.protocol.kafka;

import io.polylog.broker.Reader;
import io.polylog.broker.Topic;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;
import org.jspecify.annotations.Nullable;

/// ListOffsets and OffsetForLeaderEpoch: where a partition begins and ends, and which offset a time
/// belongs to. On the connection's loop.
final class OffsetsApi {
    private static final long UNKNOWN = -1;

    /// The first version of ListOffsets whose answer has a place for the epoch.
    private static final int LIST_OFFSETS_WITH_EPOCH = 4;

    private OffsetsApi() {}

    static void listOffsets(KafkaRequest request) {
        ListOffsetsResponseData answer = new ListOffsetsResponseData();
        Gather gather = new Gather(() -> request.answer(answer));
        boolean hasEpoch = request.version() >= LIST_OFFSETS_WITH_EPOCH;
        for (ListOffsetsTopic topic : request.body(ListOffsetsRequest.class).data().topics()) {
            ListOffsetsTopicResponse response =
                    new ListOffsetsTopicResponse().setName(topic.name());
            answer.topics().add(response);
            for (ListOffsetsPartition asked : topic.partitions()) {
                ListOffsetsPartitionResponse one =
                        new ListOffsetsPartitionResponse()
                                .setPartitionIndex(asked.partitionIndex());
                response.partitions().add(one);
                Reader reader = reader(request, topic.name(), asked.partitionIndex());
                if (reader == null) {
                    one.setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
                } else if (asked.currentLeaderEpoch() > KafkaBatch.LEADER_EPOCH) {
                    one.setErrorCode(Errors.UNKNOWN_LEADER_EPOCH.code());
                } else {
                    gather.add(
                            offset(reader, asked.timestamp()),
                            (found, error) -> fill(one, hasEpoch, found, error));
                }
            }
        }
        gather.allAdded();
    }

    static void leaderEpochs(KafkaRequest request) {
        OffsetForLeaderEpochResponseData answer = new OffsetForLeaderEpochResponseData();
        for (OffsetForLeaderTopic topic :
                request.body(OffsetsForLeaderEpochRequest.class).data().topics()) {
            OffsetForLeaderTopicResult result =
                    new OffsetForLeaderTopicResult().setTopic(topic.topic());
            answer.topics().add(result);
            for (OffsetForLeaderPartition asked : topic.partitions()) {
                result.partitions().add(epochEnd(request, topic.topic(), asked));
            }
        }
        request.answer(answer);
    }

    private static EpochEndOffset epochEnd(
            KafkaRequest request, String topic, OffsetForLeaderPartition asked) {
        EpochEndOffset end = new EpochEndOffset().setPartition(asked.partition());
        Reader reader = reader(request, topic, asked.partition());
        if (reader == null) {
            return end.setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        }
        if (asked.currentLeaderEpoch() > KafkaBatch.LEADER_EPOCH) {
            return end.setErrorCode(Errors.UNKNOWN_LEADER_EPOCH.code());
        }
        return asked.leaderEpoch() == KafkaBatch.LEADER_EPOCH
                ? end.setLeaderEpoch(KafkaBatch.LEADER_EPOCH).setEndOffset(reader.endOffset())
                : end;
    }

    private static @Nullable Reader reader(KafkaRequest request, String name, int partition) {
        KafkaConnection connection = request.connection();
        Topic topic = KafkaNames.find(connection.session().definitions(), name);
        if (topic == null || partition < 0 || partition >= topic.partitions().size()) {
            return null;
        }
        return connection.readers().of(topic, partition);
    }

    private static void fill(
            ListOffsetsPartitionResponse one,
            boolean hasEpoch,
            @Nullable Found found,
            @Nullable Throwable error) {
        if (found == null || error != null) {
            Throwable why = error != null ? error : new IllegalStateException("nothing found");
            one.setErrorCode(Errors.forException(KafkaErrors.exception(why)).code());
            return;
        }
        one.setOffset(found.offset).setTimestamp(found.timeMs);
        if (hasEpoch && found.offset >= 0) {
            one.setLeaderEpoch(KafkaBatch.LEADER_EPOCH);
        }
    }

    /// An offset and the time of its record, -1 where there is none.
    private record Found(long offset, long timeMs) {
        static final Found NONE = new Found(UNKNOWN, UNKNOWN);

        static CompletionStage<Found> at(long offset) {
            return CompletableFuture.completedFuture(new Found(offset, UNKNOWN));
        }
    }

    private static CompletionStage<Found> offset(Reader reader, long timestamp) {
        if (timestamp == ListOffsetsRequest.EARLIEST_TIMESTAMP
                || timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
            return Found.at(reader.startOffset());
        }
        if (timestamp == ListOffsetsRequest.LATEST_TIMESTAMP) {
            return Found.at(reader.endOffset());
        }
        if (timestamp == ListOffsetsRequest.MAX_TIMESTAMP) {
            return newest(reader);
        }
        if (timestamp < 0) { // what is stored elsewhere: nothing
            return CompletableFuture.completedFuture(Found.NONE);
        }
        return reader.find(timestamp)
                .thenCompose(found ->
                        found == null
                                ? CompletableFuture.completedFuture(Found.NONE)
                                : within(reader, found, timestamp));
    }

    /// The record within the stored batch that `find` led to.
    private static CompletionStage<Found> within(
            Reader reader, Reader.OffsetAtTime found, long timestamp) {
        return reader.read(found.offset(), 1)
                .thenApply(read -> {
                    for (Reader.Entry entry : read.records()) {
                        for (Found record : times(entry)) {
                            boolean kept = record.offset >= reader.startOffset();
                            if (kept && record.timeMs >= timestamp) {
                                return record;
                            }
                        }
                    }
                    return new Found(found.offset(), found.timeMs());
                });
    }

    /// The first record with the newest time.
    private static CompletionStage<Found> newest(Reader reader) {
        return reader.newest()
                .thenCompose(offset ->
                        offset < 0
                                ? CompletableFuture.completedFuture(Found.NONE)
                                : reader.read(offset, 1)
                                        .thenApply(read -> newest(read, reader.startOffset())));
    }

    private static Found newest(Reader.ReadResult read, long start) {
        return read.records().stream()
                .flatMap(entry -> times(entry).stream())
                .filter(found -> found.offset >= start)
                .reduce(Found.NONE, OffsetsApi::later);
    }

    private static Found later(Found a, Found b) {
        return b.timeMs > a.timeMs ? b : a;
    }

    private static List<Found> times(Reader.Entry entry) {
        if (entry.content().encoding() != KafkaBatchCodec.ENCODING) {
            long sent = entry.content().envelope().timestampMs();
            long time = sent > 0 ? sent : entry.timeMs();
            return List.of(new Found(entry.offset(), time));
        }
        return RecordReader.read(entry.content().bytes()).stream()
                .map(record ->
                        new Found(entry.offset() + record.offsetDelta(), record.timestampMs()))
                .toList();
    }
}
