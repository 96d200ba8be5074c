package io.polylog.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.Publication.Content;
import io.polylog.message.Message;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Our reading and writing of batches against Kafka's own.
class KafkaBatchTest {
    private static final int MAX_BYTES = 1024 * 1024;
    private static final long TIME_MS = 1_700_000_000_000L;

    private static SimpleRecord record(long timeMs, String key, String value, Header... headers) {
        return new SimpleRecord(timeMs, bytes(key), bytes(value), headers);
    }

    private static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private static ByteBuffer batch(CompressionType type, SimpleRecord... records) {
        return MemoryRecords.withRecords(Compression.of(type).build(), records).buffer();
    }

    private static SimpleRecord[] sample() {
        return new SimpleRecord[] {
            record(TIME_MS, "k1", "first", new RecordHeader("content-type", bytes("text/plain"))),
            record(TIME_MS + 5, null, null),
            record(TIME_MS - 7, "", "x".repeat(2000), new RecordHeader("none", (byte[]) null)),
        };
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void a_batch_of_any_codec_passes_and_opens_into_its_records(CompressionType type) {
        ByteBuffer batch = batch(type, sample());
        assertThat(KafkaBatch.check(batch, MAX_BYTES)).isNull();
        List<Message> messages = KafkaBatchCodec.all().getFirst().open(batch);
        assertThat(messages).hasSize(3);
        assertThat(messages.get(0).properties().contentType()).isEqualTo("text/plain");
        assertThat(messages.get(0).key()).isEqualTo(bytes("k1"));
        assertThat(messages.get(1).body()).isNull();
        assertThat(messages.get(1).key()).isNull();
        assertThat(messages.get(2).properties().timestampMs()).isEqualTo(TIME_MS - 7);
        assertThat(messages.get(2).headers()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void records_stored_singly_are_built_into_a_batch_that_kafka_reads(CompressionType type) {
        List<Content> contents = KafkaRecordCodec.contents(batch(type, sample()), "t", false);
        assertThat(contents)
                .allSatisfy(content ->
                        assertThat(new KafkaRecordCodec().open(content.bytes()))
                                .extracting(Message::subject)
                                .containsExactly("t"));
        FetchedRecords fetched = new FetchedRecords();
        BatchBuilder builder = new BatchBuilder(fetched);
        long[] offsets = {100, 101, 5000};
        for (int i = 0; i < offsets.length; i++) {
            ByteBuffer bytes = contents.get(i).bytes();
            builder.add(
                    offsets[i], KafkaRecordCodec.timestampMs(bytes), KafkaRecordCodec.tail(bytes));
        }
        builder.finish();
        List<Record> read = readByKafka(fetched);
        assertThat(read).extracting(Record::offset).containsExactly(100L, 101L, 5000L);
        SimpleRecord[] sent = sample();
        for (int i = 0; i < sent.length; i++) {
            assertThat(new SimpleRecord(read.get(i))).isEqualTo(sent[i]);
        }
    }

    @Test
    void a_stored_batch_gets_its_place_when_read_and_stays_valid() {
        ByteBuffer batch = batch(CompressionType.LZ4, sample());
        FetchedRecords fetched = new FetchedRecords();
        fetched.add(77, batch);
        assertThat(fetched.sizeBytes()).isEqualTo(batch.remaining());
        assertThat(readByKafka(fetched)).extracting(Record::offset).containsExactly(77L, 78L, 79L);
    }

    static List<Record> readByKafka(FetchedRecords fetched) {
        ByteBuffer out = ByteBuffer.allocate(fetched.sizeBytes());
        fetched.writeTo(new ByteBufferAccessor(out));
        MemoryRecords records = MemoryRecords.readableRecords(out.flip());
        List<Record> read = new ArrayList<>();
        records.batches()
                .forEach(batch -> {
                    batch.ensureValid();
                    batch.forEach(read::add);
                });
        return read;
    }

    @Test
    void a_batch_from_outside_is_refused_for_what_is_wrong_with_it() {
        assertThat(refusal(batch -> batch.put(70, (byte) (batch.get(70) ^ 1))))
                .isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(refusal(batch -> batch.limit(batch.limit() - 1)))
                .isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(refusal(batch -> batch.limit(10))).isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(refusal(batch -> batch.put(16, (byte) 1)))
                .isEqualTo(Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT);
        assertThat(refusal(batch -> batch.putInt(8, Integer.MAX_VALUE)))
                .isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(signed(batch -> batch.putShort(21, (short) 5)))
                .isEqualTo(Errors.UNSUPPORTED_COMPRESSION_TYPE);
        assertThat(signed(batch -> batch.putShort(21, (short) 0x20)))
                .isEqualTo(Errors.INVALID_RECORD);
        assertThat(signed(batch -> batch.putShort(21, (short) 0x10)))
                .isEqualTo(Errors.INVALID_TXN_STATE);
        assertThat(signed(batch -> batch.putShort(21, (short) 0x08)))
                .isEqualTo(Errors.INVALID_TIMESTAMP);
        assertThat(signed(batch -> batch.putInt(57, 2))).isEqualTo(Errors.INVALID_RECORD);
        assertThat(signed(batch -> batch.putInt(57, 4).putInt(23, 3)))
                .isEqualTo(Errors.INVALID_RECORD);
        assertThat(signed(batch -> batch.putLong(43, 9))).isEqualTo(Errors.INVALID_RECORD);
        assertThat(signed(batch -> batch.putLong(0, 9))).isEqualTo(Errors.INVALID_RECORD);
        assertThat(signed(batch -> {})).isNull();
    }

    @Test
    void two_batches_for_one_partition_are_refused() {
        ByteBuffer one = batch(CompressionType.NONE, sample());
        ByteBuffer two = ByteBuffer.allocate(2 * one.remaining());
        two.put(one.duplicate()).put(one.duplicate()).flip();
        assertThat(KafkaBatch.check(two, MAX_BYTES).error()).isEqualTo(Errors.INVALID_RECORD);
    }

    @Test
    void a_batch_above_the_limit_is_too_large() {
        ByteBuffer batch = batch(CompressionType.NONE, sample());
        assertThat(KafkaBatch.check(batch, batch.remaining() - 1).error())
                .isEqualTo(Errors.MESSAGE_TOO_LARGE);
        assertThat(KafkaBatch.check(batch, batch.remaining())).isNull();
    }

    @ParameterizedTest
    @EnumSource(value = CompressionType.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void a_batch_that_would_become_enormous_is_not_opened(CompressionType type) {
        SimpleRecord zeros = new SimpleRecord(TIME_MS, null, new byte[40 * 1024 * 1024]);
        ByteBuffer bomb = batch(type, zeros);
        assertThatThrownBy(() -> KafkaBatchCodec.all().getFirst().open(bomb))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void opening_damaged_bytes_never_fails_otherwise_than_by_saying_so() {
        for (int seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            CompressionType type = CompressionType.forId(random.nextInt(5));
            ByteBuffer batch = batch(type, sample());
            for (int i = 0; i <= random.nextInt(4); i++) {
                int at = 21 + random.nextInt(batch.limit() - 21);
                batch.put(at, (byte) random.nextInt(256));
            }
            try {
                KafkaBatch.check(batch, MAX_BYTES);
                KafkaBatchCodec.all().getFirst().open(batch);
            } catch (IllegalArgumentException expected) {
                // what the codec promises
            } catch (Throwable other) {
                throw new AssertionError("seed " + seed, other);
            }
        }
    }

    private static Errors refusal(Consumer<ByteBuffer> damage) {
        ByteBuffer batch = batch(CompressionType.NONE, sample());
        damage.accept(batch);
        KafkaBatch.Refusal refusal = KafkaBatch.check(batch, MAX_BYTES);
        return refusal == null ? null : refusal.error();
    }

    private static Errors signed(Consumer<ByteBuffer> change) {
        return refusal(batch -> {
            change.accept(batch);
            batch.putInt(KafkaBatch.CRC_AT, KafkaBatch.crc(batch));
        });
    }
}
