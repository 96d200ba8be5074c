package io.polylog.protocol.amqp091;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.polylog.protocol.amqp091.AmqpFrame.BasicPublish;
import io.polylog.protocol.amqp091.AmqpFrame.ContentBody;
import io.polylog.protocol.amqp091.AmqpFrame.ContentHeader;
import io.polylog.protocol.amqp091.ContentAssembly.Assembled;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Whatever bytes come: they are frames, or an AMQP error; nothing else is thrown, and a message
/// that was taken can be opened by a reader. Runs its corpus as a plain test; with `JAZZER_FUZZ=1`
/// it looks for more.
class AmqpCodecFuzzTest {
    private static final int FRAME_MAX = 8192;
    private static final int MOST_BODY = 1 << 20;

    /// @param data the first byte says how the rest is cut into reads
    @FuzzTest(maxDuration = "60s")
    void any_bytes_are_frames_or_an_error(byte[] data) {
        if (data.length == 0) {
            return;
        }
        FrameReader reader = new FrameReader(new AmqpCodec(FRAME_MAX));
        ContentAssembly assembly = new ContentAssembly(MOST_BODY);
        int step = 1 + (data[0] & 0xff);
        try {
            for (int from = 1; from < data.length; from += step) {
                int length = Math.min(step, data.length - from);
                ByteBuf read = Unpooled.wrappedBuffer(data, from, length);
                reader.read(read, Unpooled.EMPTY_BUFFER.alloc(), (channel, f) -> take(assembly, f));
            }
        } catch (AmqpException refused) {
            // the protocol's own error: what bad input is to get
        } finally {
            reader.close();
        }
    }

    private static void take(ContentAssembly assembly, AmqpFrame frame) {
        switch (frame) {
            case BasicPublish publish -> assembly.begin(publish);
            case ContentHeader header -> open(assembly.header(header));
            case ContentBody body -> open(assembly.body(body));
            default -> {}
        }
    }

    private static void open(@Nullable Assembled message) {
        if (message == null) {
            return;
        }
        AmqpProperties properties = new AmqpProperties();
        properties.scan(message.stored(), message.propertiesAt(), message.bodyAt());
        properties.notableHeaders();
        new AmqpMapping().open(ByteBuffer.wrap(message.stored()));
    }

    /// @param data a stored message, perhaps damaged in a way that no checksum saw
    @FuzzTest(maxDuration = "60s")
    void any_stored_bytes_open_or_are_refused(byte[] data) {
        try {
            new AmqpMapping().open(ByteBuffer.wrap(data));
        } catch (IllegalArgumentException refused) {
            // what a codec says to bytes that are not its encoding
        }
    }
}
