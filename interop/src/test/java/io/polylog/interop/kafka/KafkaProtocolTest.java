package io.polylog.interop.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What no well-behaved client does, or what clients do not show: errors and waits on the wire,
/// with the whole broker behind it.
class KafkaProtocolTest {
    private static final String TOPIC = "orders";
    private static final int PRODUCE = 12;
    private static final int BY_ID = 13;
    private static final int MAX_TIMESTAMP_FROM = 7;
    private static final short ALL = -1;

    @TempDir private Path folder;
    private RunningBroker broker;
    private RawKafka raw;
    private Uuid id;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        try (Admin admin = Admin.create(broker.kafka())) {
            NewTopic topic =
                    new NewTopic(TOPIC, 1, (short) 1).configs(Map.of("max.message.bytes", "5000"));
            id = admin.createTopics(List.of(topic)).topicId(TOPIC).get();
        }
        raw = new RawKafka(broker.port("kafka"));
    }

    @AfterEach
    void stop() throws Exception {
        raw.close();
        broker.close();
    }

    private static MemoryRecords records(int valueBytes) {
        return MemoryRecords.withRecords(
                Compression.NONE, new SimpleRecord(1_000, null, new byte[valueBytes]));
    }

    private static MemoryRecords numbered(long producer, int epoch, int sequence, int count) {
        SimpleRecord[] records = new SimpleRecord[count];
        for (int i = 0; i < count; i++) {
            records[i] = new SimpleRecord(1_000, null, new byte[10]);
        }
        return MemoryRecords.withIdempotentRecords(
                Compression.NONE, producer, (short) epoch, sequence, records);
    }

    private static ProduceRequestData request(
            String name, Uuid id, int partition, short acks, MemoryRecords records) {
        TopicProduceData topic = new TopicProduceData().setName(name).setTopicId(id);
        topic.partitionData()
                .add(new PartitionProduceData().setIndex(partition).setRecords(records));
        ProduceRequestData request = new ProduceRequestData().setAcks(acks).setTimeoutMs(1_000);
        request.topicData().add(topic);
        return request;
    }

    private PartitionProduceResponse produce(int version, ProduceRequestData request)
            throws IOException {
        return raw.ask(ApiKeys.PRODUCE, version, request, ProduceResponseData::new)
                .responses()
                .iterator()
                .next()
                .partitionResponses()
                .getFirst();
    }

    private PartitionProduceResponse produce(MemoryRecords records) throws IOException {
        return produce(PRODUCE, request(TOPIC, Uuid.ZERO_UUID, 0, ALL, records));
    }

    private static void is(Errors error, PartitionProduceResponse response) {
        assertThat(Errors.forCode(response.errorCode())).isEqualTo(error);
        assertThat(response.baseOffset() >= 0).isEqualTo(error == Errors.NONE);
    }

    // Produce ----------------------------------------------------------------------------------

    @Test
    void every_version_from_3_on_stores() throws Exception {
        for (int version = 3; version <= PRODUCE; version++) {
            PartitionProduceResponse response =
                    produce(version, request(TOPIC, Uuid.ZERO_UUID, 0, ALL, records(10)));
            is(Errors.NONE, response);
            assertThat(response.baseOffset()).isEqualTo(version - 3);
        }
    }

    @Test
    void older_versions_end_the_connection_though_0_is_listed() throws Exception {
        for (short version = 0; version < 3; version++) {
            ByteBuffer frame = ByteBuffer.allocate(4 + 10 + 10);
            frame.putInt(20).putShort(ApiKeys.PRODUCE.id).putShort(version).putInt(1);
            frame.putShort((short) -1).putShort((short) 1).putInt(1000).putInt(0);
            try (RawKafka old = new RawKafka(broker.port("kafka"))) {
                old.send(frame.array());
                assertThat(old.isClosed()).isTrue();
            }
        }
        var listed =
                raw.ask(
                        ApiKeys.API_VERSIONS,
                        0,
                        new ApiVersionsRequestData(),
                        ApiVersionsResponseData::new);
        assertThat(listed.apiKeys().find(ApiKeys.PRODUCE.id).minVersion()).isZero();
    }

    @Test
    void a_batch_that_is_damaged_or_too_large_is_refused_and_nothing_else() throws Exception {
        MemoryRecords damaged = records(100);
        ByteBuffer bytes = damaged.buffer();
        bytes.put(bytes.limit() - 3, (byte) ~bytes.get(bytes.limit() - 3));
        is(Errors.CORRUPT_MESSAGE, produce(damaged));
        is(Errors.MESSAGE_TOO_LARGE, produce(records(6_000)));
        is(Errors.NONE, produce(records(4_000)));
    }

    @Test
    void acks_are_all_one_or_none() throws Exception {
        for (short acks : new short[] {2, -2, 7}) {
            is(
                    Errors.INVALID_REQUIRED_ACKS,
                    produce(PRODUCE, request(TOPIC, Uuid.ZERO_UUID, 0, acks, records(1))));
        }
        is(Errors.NONE, produce(PRODUCE, request(TOPIC, Uuid.ZERO_UUID, 0, (short) 1, records(1))));
        raw.send(
                ApiKeys.PRODUCE, PRODUCE, request(TOPIC, Uuid.ZERO_UUID, 0, (short) 0, records(1)));
        is(Errors.NONE, produce(records(1)));
    }

    @Test
    void a_producer_that_wants_no_answer_is_told_of_a_refusal_by_the_end_of_its_connection()
            throws Exception {
        raw.send(
                ApiKeys.PRODUCE,
                PRODUCE,
                request("none", Uuid.ZERO_UUID, 0, (short) 0, records(1)));
        assertThat(raw.isClosed()).isTrue();
    }

    @Test
    void unknown_topics_partitions_and_ids_are_said_to_be_unknown() throws Exception {
        is(
                Errors.UNKNOWN_TOPIC_OR_PARTITION,
                produce(PRODUCE, request("none", Uuid.ZERO_UUID, 0, ALL, records(1))));
        is(
                Errors.UNKNOWN_TOPIC_OR_PARTITION,
                produce(PRODUCE, request(TOPIC, Uuid.ZERO_UUID, 1, ALL, records(1))));
        is(
                Errors.UNKNOWN_TOPIC_ID,
                produce(BY_ID, request("", Uuid.randomUuid(), 0, ALL, records(1))));
        is(Errors.NONE, produce(BY_ID, request("", id, 0, ALL, records(1))));
        assertThat(fetch(Uuid.randomUuid(), 0, 0, 1, 1_000).errorCode())
                .isEqualTo(Errors.UNKNOWN_TOPIC_ID.code());
    }

    // Idempotence ------------------------------------------------------------------------------

    @Test
    void a_producers_batches_are_stored_once_in_order_through_a_restart() throws Exception {
        for (int i = 0; i < 7; i++) {
            PartitionProduceResponse stored = produce(numbered(77, 1, 2 * i, 2));
            is(Errors.NONE, stored);
            assertThat(stored.baseOffset()).isEqualTo(2L * i);
        }
        checkWindow();
        raw.close();
        broker.restart();
        raw = new RawKafka(broker.port("kafka"));
        checkWindow();
        PartitionProduceResponse next = produce(numbered(77, 1, 14, 1));
        is(Errors.NONE, next);
        assertThat(next.baseOffset()).isEqualTo(14);
        is(Errors.NONE, produce(numbered(77, 2, 0, 1)));
        is(Errors.INVALID_PRODUCER_EPOCH, produce(numbered(77, 1, 15, 1)));
    }

    /// The last five batches begin at 4, 6, 8, 10 and 12.
    private void checkWindow() throws IOException {
        for (int sequence = 4; sequence <= 12; sequence += 2) {
            PartitionProduceResponse again = produce(numbered(77, 1, sequence, 2));
            is(Errors.NONE, again);
            assertThat(again.baseOffset()).isEqualTo(sequence);
        }
        is(Errors.DUPLICATE_SEQUENCE_NUMBER, produce(numbered(77, 1, 2, 2)));
        is(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, produce(numbered(77, 1, 15, 1)));
        is(Errors.INVALID_PRODUCER_EPOCH, produce(numbered(77, 0, 14, 1)));
    }

    // Fetch ------------------------------------------------------------------------------------

    private FetchResponseData fetchAnswer(FetchRequestData request) throws IOException {
        return raw.ask(ApiKeys.FETCH, BY_ID, request, FetchResponseData::new);
    }

    private FetchRequestData fetchRequest(
            Uuid topicId, long offset, int maxWaitMs, int minBytes, int maxBytes) {
        FetchTopic topic = new FetchTopic().setTopicId(topicId);
        topic.partitions()
                .add(
                        new FetchPartition()
                                .setPartition(0)
                                .setFetchOffset(offset)
                                .setPartitionMaxBytes(maxBytes));
        return new FetchRequestData()
                .setMaxWaitMs(maxWaitMs)
                .setMinBytes(minBytes)
                .setMaxBytes(maxBytes)
                .setSessionId(0)
                .setSessionEpoch(0)
                .setTopics(List.of(topic));
    }

    private PartitionData fetch(
            Uuid topicId, long offset, int maxWaitMs, int minBytes, int maxBytes)
            throws IOException {
        return fetchAnswer(fetchRequest(topicId, offset, maxWaitMs, minBytes, maxBytes))
                .responses()
                .getFirst()
                .partitions()
                .getFirst();
    }

    private static int bytes(PartitionData partition) {
        return ((MemoryRecords) partition.records()).sizeInBytes();
    }

    @Test
    void a_fetch_gives_at_least_a_batch_and_otherwise_what_fits() throws Exception {
        for (int i = 0; i < 5; i++) {
            is(Errors.NONE, produce(records(1_000)));
        }
        int batch = records(1_000).sizeInBytes();
        assertThat(bytes(fetch(id, 0, 0, 1, 10))).isEqualTo(batch);
        assertThat(bytes(fetch(id, 0, 0, 1, 2 * batch + 10))).isEqualTo(2 * batch);
        assertThat(bytes(fetch(id, 1, 0, 1, 100_000))).isEqualTo(4 * batch);
        assertThat(fetch(id, 6, 0, 1, 1_000).errorCode())
                .isEqualTo(Errors.OFFSET_OUT_OF_RANGE.code());
        assertThat(fetch(id, 5, 0, 1, 1_000).errorCode()).isZero();
    }

    @Test
    void a_fetch_waits_for_its_bytes_or_its_time() throws Exception {
        is(Errors.NONE, produce(records(100)));
        long began = System.nanoTime();
        assertThat(bytes(fetch(id, 0, 400, 100_000, 200_000))).isPositive();
        assertThat(System.nanoTime() - began).isGreaterThan(380_000_000L);

        raw.send(ApiKeys.FETCH, BY_ID, fetchRequest(id, 1, 15_000, 1, 100_000));
        try (RawKafka other = new RawKafka(broker.port("kafka"))) {
            other.ask(
                    ApiKeys.PRODUCE,
                    PRODUCE,
                    request(TOPIC, Uuid.ZERO_UUID, 0, ALL, records(100)),
                    ProduceResponseData::new);
        }
        began = System.nanoTime();
        PartitionData woken =
                raw.answered(ApiKeys.FETCH, BY_ID, FetchResponseData::new)
                        .responses()
                        .getFirst()
                        .partitions()
                        .getFirst();
        assertThat(bytes(woken)).isPositive();
        assertThat(System.nanoTime() - began).isLessThan(5_000_000_000L);
        assertThat(woken.highWatermark()).isEqualTo(2);
    }

    @Test
    void fetch_sessions_are_declined() throws Exception {
        assertThat(fetchAnswer(fetchRequest(id, 0, 0, 0, 1_000)).sessionId()).isZero();
        FetchRequestData continued = fetchRequest(id, 0, 0, 0, 1_000);
        continued.setSessionId(5).setSessionEpoch(3);
        FetchResponseData answer = fetchAnswer(continued);
        assertThat(answer.errorCode()).isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND.code());
        assertThat(answer.responses()).isEmpty();
    }

    // ListOffsets ------------------------------------------------------------------------------

    @Test
    void offsets_are_listed_in_every_form() throws Exception {
        is(Errors.NONE, produce(records(1)));
        for (int version = 1; version <= 11; version++) {
            assertThat(listed(version, -2)).isZero();
            assertThat(listed(version, -1)).isEqualTo(1);
            assertThat(listed(version, 1_000)).isZero();
            assertThat(listed(version, 1_001)).isEqualTo(-1);
            if (version >= MAX_TIMESTAMP_FROM) {
                assertThat(listed(version, -3)).isZero();
            }
        }
    }

    private long listed(int version, long timestamp) throws IOException {
        ListOffsetsTopic topic = new ListOffsetsTopic().setName(TOPIC);
        topic.partitions()
                .add(new ListOffsetsPartition().setPartitionIndex(0).setTimestamp(timestamp));
        return raw.ask(
                        ApiKeys.LIST_OFFSETS,
                        version,
                        new ListOffsetsRequestData().setReplicaId(-1).setTopics(List.of(topic)),
                        ListOffsetsResponseData::new)
                .topics()
                .getFirst()
                .partitions()
                .getFirst()
                .offset();
    }
}
