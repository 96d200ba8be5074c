package io.polylog.protocol.kafka;

import io.polylog.broker.Reader;
import io.polylog.broker.Topic;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.apache.kafka.common.requests.DescribeLogDirsRequest;
import org.jspecify.annotations.Nullable;

/// DeleteRecords and DescribeLogDirs: what partitions hold. On the connection's loop.
final class StorageApi {
    private static final long HIGH_WATERMARK = -1;
    private static final long UNKNOWN = -1;

    /// All partitions lie in one log; clients tell directories apart by name only.
    private static final String LOG = "log";

    private StorageApi() {}

    // DeleteRecords ----------------------------------------------------------------------------

    static void deleteRecords(KafkaRequest request) {
        DeleteRecordsResponseData answer = new DeleteRecordsResponseData();
        Gather gather = new Gather(() -> request.answer(answer));
        for (DeleteRecordsTopic asked : request.body(DeleteRecordsRequest.class).data().topics()) {
            DeleteRecordsTopicResult result = new DeleteRecordsTopicResult().setName(asked.name());
            answer.topics().add(result);
            for (DeleteRecordsPartition partition : asked.partitions()) {
                DeleteRecordsPartitionResult one =
                        new DeleteRecordsPartitionResult()
                                .setPartitionIndex(partition.partitionIndex())
                                .setLowWatermark(UNKNOWN);
                result.partitions().add(one);
                try {
                    delete(request, asked.name(), partition, one, gather);
                } catch (ApiException e) {
                    one.setErrorCode(Errors.forException(e).code());
                }
            }
        }
        gather.allAdded();
    }

    private static void delete(
            KafkaRequest request,
            String name,
            DeleteRecordsPartition asked,
            DeleteRecordsPartitionResult result,
            Gather gather) {
        KafkaConnection connection = request.connection();
        Topic topic = KafkaNames.find(connection.session().definitions(), name);
        int number = asked.partitionIndex();
        if (topic == null || number < 0 || number >= topic.partitions().size()) {
            throw Errors.UNKNOWN_TOPIC_OR_PARTITION.exception();
        }
        if (!TopicConfigs.deletes(topic)) {
            throw Errors.POLICY_VIOLATION.exception();
        }
        Reader reader = connection.readers().of(topic, number);
        long before = asked.offset() == HIGH_WATERMARK ? reader.endOffset() : asked.offset();
        if (before < 0 || before > reader.endOffset()) {
            throw Errors.OFFSET_OUT_OF_RANGE.exception();
        }
        gather.add(
                connection.session().trim(topic.spec().name(), number, before),
                (start, error) -> {
                    if (error == null && start != null) {
                        result.setLowWatermark(start);
                    } else {
                        result.setErrorCode(KafkaErrors.code(error));
                    }
                });
    }

    // DescribeLogDirs --------------------------------------------------------------------------

    static void describeLogDirs(KafkaRequest request) {
        DescribeLogDirsRequestData body = request.body(DescribeLogDirsRequest.class).data();
        DescribeLogDirsResult log = new DescribeLogDirsResult().setLogDir(LOG);
        DescribeLogDirsResponseData answer =
                new DescribeLogDirsResponseData().setResults(List.of(log));
        Gather gather = new Gather(() -> request.answer(answer));
        if (body.topics() == null) {
            for (Topic topic : request.connection().session().definitions().topics()) {
                KafkaNames.kafkaName(topic)
                        .ifPresent(name -> describe(request, name, topic, null, log, gather));
            }
        } else {
            for (DescribableLogDirTopic asked : body.topics()) {
                Topic topic =
                        KafkaNames.find(
                                request.connection().session().definitions(), asked.topic());
                if (topic != null) {
                    describe(request, asked.topic(), topic, asked.partitions(), log, gather);
                }
            }
        }
        gather.allAdded();
    }

    private static void describe(
            KafkaRequest request,
            String name,
            Topic topic,
            @Nullable List<Integer> asked,
            DescribeLogDirsResult log,
            Gather gather) {
        DescribeLogDirsTopic described = new DescribeLogDirsTopic().setName(name);
        log.topics().add(described);
        int count = topic.partitions().size();
        List<Integer> numbers = asked != null ? asked : IntStream.range(0, count).boxed().toList();
        for (int number : numbers) {
            if (number >= 0 && number < count) {
                DescribeLogDirsPartition one =
                        new DescribeLogDirsPartition().setPartitionIndex(number);
                described.partitions().add(one);
                gather.add(
                        request.connection().readers().of(topic, number).heldBytes(),
                        (bytes, error) -> one.setPartitionSize(bytes == null ? 0 : bytes));
            }
        }
    }
}
