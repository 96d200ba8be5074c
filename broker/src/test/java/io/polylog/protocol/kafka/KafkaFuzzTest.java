package io.polylog.protocol.kafka;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.polylog.protocol.kafka.KafkaCodec.MalformedFrame;
import java.nio.ByteBuffer;

/// Whatever bytes come: they are requests, or the connection's end; batches, or refused. Runs its
/// corpus as a plain test; with `JAZZER_FUZZ=1` it looks for more.
class KafkaFuzzTest {
    private static final int LIMIT = 1 << 20;

    /// @param data the first byte says how the rest is cut into reads
    @FuzzTest(maxDuration = "60s")
    void any_bytes_are_requests_or_the_end(byte[] data) {
        if (data.length == 0) {
            return;
        }
        KafkaCodec codec = new KafkaCodec(new UnpooledByteBufAllocator(false), LIMIT);
        int step = 1 + (data[0] & 0xFF);
        try {
            for (int from = 1; from < data.length; from += step) {
                int length = Math.min(step, data.length - from);
                codec.feed(Unpooled.wrappedBuffer(data, from, length), KafkaFuzzTest::request);
            }
        } catch (MalformedFrame end) {
            // what bad input is to get
        } finally {
            codec.close();
        }
    }

    private static void request(ByteBuf bytes) {
        try {
            KafkaFrame.parse(bytes).answerVersion();
        } finally {
            bytes.release();
        }
    }

    /// @param data what a producer sent for one partition
    @FuzzTest(maxDuration = "60s")
    void any_batch_is_stored_and_opens_or_is_refused(byte[] data) {
        ByteBuffer batch = ByteBuffer.wrap(data);
        if (data.length >= KafkaBatch.HEADER_BYTES) { // so that more than the checksum is tried
            batch.putInt(KafkaBatch.CRC_AT, KafkaBatch.crc(batch));
        }
        if (KafkaBatch.check(batch, LIMIT) != null) {
            return;
        }
        try {
            KafkaRecordCodec.contents(batch, "t", false)
                    .forEach(content -> new KafkaRecordCodec().open(content.bytes()));
        } catch (IllegalArgumentException refused) {
            // what a codec says to bytes that are not its encoding
        }
    }

    /// @param data a stored record, perhaps damaged in a way that no checksum saw
    @FuzzTest(maxDuration = "60s")
    void any_stored_record_opens_or_is_refused(byte[] data) {
        try {
            new KafkaRecordCodec().open(ByteBuffer.wrap(data));
        } catch (IllegalArgumentException refused) {
            // what a codec says to bytes that are not its encoding
        }
    }
}
