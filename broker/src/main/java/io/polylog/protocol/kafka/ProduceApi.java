package io.polylog.protocol.kafka;

import io.polylog.broker.Append;
import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.AppendListener;
import io.polylog.broker.Definitions;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Topic;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ProduceRequest;
import org.jspecify.annotations.Nullable;

/// Produce: checks each partition's batch and hands the good ones over as they were sent. One
/// object a request, on the connection's loop.
final class ProduceApi {
    private static final short TOPIC_IDS_FROM = 13;
    private static final short ALL = -1;
    private static final long UNKNOWN = -1;

    private final KafkaRequest request;
    private final ProduceRequest body;
    private final Definitions definitions;
    private final ProduceResponseData answer = new ProduceResponseData();
    private final List<Append> appends = new ArrayList<>();
    private final List<PartitionProduceResponse> appended = new ArrayList<>();
    private boolean refused;

    private ProduceApi(KafkaRequest request) {
        this.request = request;
        body = request.body(ProduceRequest.class);
        definitions = request.connection().session().definitions();
    }

    static void produce(KafkaRequest request) {
        new ProduceApi(request).run();
    }

    private void run() {
        for (TopicProduceData data : body.data().topicData()) {
            TopicProduceResponse response =
                    new TopicProduceResponse().setName(data.name()).setTopicId(data.topicId());
            answer.responses().add(response);
            Topic topic = topic(data);
            for (PartitionProduceData partition : data.partitionData()) {
                PartitionProduceResponse one =
                        new PartitionProduceResponse().setIndex(partition.index());
                response.partitionResponses().add(one);
                take(topic, partition, one);
            }
        }
        if (appends.isEmpty()) {
            finish();
        } else {
            request.connection().session().append(appends, this::decided);
        }
    }

    private @Nullable Topic topic(TopicProduceData data) {
        return request.version() >= TOPIC_IDS_FROM
                ? KafkaNames.find(definitions, data.topicId())
                : KafkaNames.find(definitions, data.name());
    }

    private void take(
            @Nullable Topic topic, PartitionProduceData partition, PartitionProduceResponse one) {
        Errors early = checkRequest(topic, partition);
        if (topic == null || early != Errors.NONE) {
            refuse(one, early, null);
            return;
        }
        ByteBuffer batch = KafkaRecords.produced(partition);
        if (batch == null || !batch.hasRemaining()) {
            refuse(one, Errors.INVALID_RECORD, "no batch");
            return;
        }
        KafkaBatch.Refusal refusal =
                KafkaBatch.check(
                        batch,
                        TopicConfigs.maxBatchBytes(topic, request.connection().node().settings()));
        if (refusal != null) {
            refuse(one, refusal.error(), refusal.why());
            return;
        }
        try {
            Append append = append(topic, partition.index(), batch);
            appends.add(append);
            appended.add(one);
        } catch (IllegalArgumentException e) {
            refuse(one, Errors.INVALID_RECORD, e.getMessage());
        }
    }

    private Errors checkRequest(@Nullable Topic topic, PartitionProduceData partition) {
        if (body.acks() < ALL || body.acks() > 1) {
            return Errors.INVALID_REQUIRED_ACKS;
        }
        if (topic == null) {
            return request.version() >= TOPIC_IDS_FROM
                    ? Errors.UNKNOWN_TOPIC_ID
                    : Errors.UNKNOWN_TOPIC_OR_PARTITION;
        }
        if (partition.index() < 0 || partition.index() >= topic.partitions().size()) {
            return Errors.UNKNOWN_TOPIC_OR_PARTITION;
        }
        return Errors.NONE;
    }

    private Append append(Topic topic, int partition, ByteBuffer batch) {
        long producer = KafkaBatch.producerId(batch);
        ProducerStamp stamp =
                producer < 0
                        ? null
                        : new ProducerStamp(
                                producer,
                                KafkaBatch.producerEpoch(batch),
                                KafkaBatch.baseSequence(batch));
        boolean logsTime = TopicConfigs.logsTime(topic);
        List<Content> opened =
                request.connection().session().wantsOpened(topic)
                        ? KafkaRecordCodec.contents(batch, topic.spec().name().name(), logsTime)
                        : List.of();
        if (topic.spec().retention().newestPerKey()) {
            requireKeys(opened);
        }
        return new Append(
                topic.spec().name(),
                partition,
                stamp,
                logsTime ? KafkaBatchCodec.LOG_TIME_ENCODING : KafkaBatchCodec.ENCODING,
                KafkaBatch.count(batch),
                logsTime ? UNKNOWN : KafkaBatch.maxTimestampMs(batch),
                batch,
                opened);
    }

    private static void requireKeys(List<Content> records) {
        for (Content record : records) {
            if (record.envelope().key() == null) {
                throw new IllegalArgumentException("a compacted topic takes no record without key");
            }
        }
    }

    private void decided(List<AppendListener.Result> results) {
        for (int i = 0; i < results.size(); i++) {
            AppendListener.Result result = results.get(i);
            PartitionProduceResponse one = appended.get(i);
            Errors error = KafkaErrors.of(result.outcome());
            one.setLogStartOffset(result.startOffset());
            if (error == Errors.NONE) {
                one.setBaseOffset(result.baseOffset());
                if (appends.get(i).encoding() == KafkaBatchCodec.LOG_TIME_ENCODING) {
                    one.setLogAppendTimeMs(result.timeMs());
                }
            } else {
                refuse(one, error, malformed(one, result.malformed()));
            }
        }
        finish();
    }

    /// Tells which records do not fit; null where that is not why.
    private static @Nullable String malformed(
            PartitionProduceResponse one, List<AppendListener.Malformed> records) {
        if (records.isEmpty()) {
            return null;
        }
        one.setRecordErrors(
                records.stream()
                        .map(each ->
                                new BatchIndexAndErrorMessage()
                                        .setBatchIndex(each.place())
                                        .setBatchIndexErrorMessage(each.problem()))
                        .toList());
        AppendListener.Malformed first = records.getFirst();
        return "record %d does not fit: %s".formatted(first.place(), first.problem());
    }

    private void refuse(PartitionProduceResponse one, Errors error, @Nullable String why) {
        refused = true;
        one.setErrorCode(error.code()).setBaseOffset(-1);
        if (why != null) {
            one.setErrorMessage(why);
        }
    }

    private void finish() {
        if (body.acks() != 0) {
            request.answer(answer);
            return;
        }
        request.answerNothing();
        if (refused) {
            // Kafka's way to tell a producer that waits for no answer: it connects anew and looks.
            request.connection().close();
        }
    }
}
