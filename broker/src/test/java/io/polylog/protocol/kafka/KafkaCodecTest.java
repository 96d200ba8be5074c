package io.polylog.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.polylog.protocol.kafka.KafkaCodec.MalformedFrame;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaCodecTest {
    private static final int LIMIT = 1024 * 1024;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private final KafkaCodec codec = new KafkaCodec(allocator, LIMIT);
    private final List<byte[]> frames = new ArrayList<>();

    @RepeatedTest(50)
    void frames_come_out_whole_however_they_are_cut(RepetitionInfo run) {
        Random random = new Random(run.getCurrentRepetition());
        codec.trust();
        List<byte[]> sent = new ArrayList<>();
        ByteBuf stream = Unpooled.buffer();
        for (int i = 0; i < 20; i++) {
            byte[] frame = new byte[8 + random.nextInt(random.nextInt(5) == 0 ? 200_000 : 300)];
            random.nextBytes(frame);
            sent.add(frame);
            stream.writeInt(frame.length).writeBytes(frame);
        }
        while (stream.isReadable()) {
            int piece = 1 + random.nextInt(random.nextBoolean() ? 8 : 70_000);
            feed(stream.readBytes(Math.min(piece, stream.readableBytes())));
        }
        assertThat(frames).as("seed %d", run.getCurrentRepetition()).hasSameSizeAs(sent);
        for (int i = 0; i < sent.size(); i++) {
            assertThat(frames.get(i)).isEqualTo(sent.get(i));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, 0, 7, Integer.MAX_VALUE, LIMIT + 1})
    void a_length_that_cannot_be_is_refused_before_memory_is_taken(int length) {
        codec.trust();
        long before = used();
        assertThatThrownBy(() -> feed(Unpooled.buffer().writeInt(length).writeByte(0)))
                .isInstanceOf(MalformedFrame.class);
        assertThat(used()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n\r\n",
                "\u0016\u0003\u0001\u0002\0\u0001",
                "AMQP\0\0\u0009\u0001"
            })
    void other_protocols_are_refused(String greeting) {
        ByteBuf bytes = Unpooled.copiedBuffer(greeting, StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> feed(bytes)).isInstanceOf(MalformedFrame.class);
    }

    @Test
    void a_stranger_may_send_64_KiB_and_no_more() {
        feed(Unpooled.buffer().writeInt(64 * 1024).writeZero(64 * 1024));
        assertThat(frames).hasSize(1);
        assertThatThrownBy(() -> feed(Unpooled.buffer().writeInt(64 * 1024 + 1).writeByte(0)))
                .isInstanceOf(MalformedFrame.class);
    }

    @Test
    void memory_follows_what_arrived_and_not_what_was_claimed() {
        codec.trust();
        feed(Unpooled.buffer().writeInt(LIMIT).writeZero(100));
        assertThat(used()).isLessThanOrEqualTo(32 * 1024);
        feed(Unpooled.buffer().writeZero(100_000));
        assertThat(used()).isLessThanOrEqualTo(2 * 100_100);
        codec.close();
        assertThat(used()).isZero();
    }

    private long used() {
        return allocator.metric().usedHeapMemory();
    }

    private void feed(ByteBuf bytes) {
        codec.feed(
                bytes,
                frame -> {
                    byte[] copy = new byte[frame.readableBytes()];
                    frame.readBytes(copy);
                    frames.add(copy);
                    frame.release();
                });
    }
}
