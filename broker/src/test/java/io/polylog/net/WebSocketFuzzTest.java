package io.polylog.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.embedded.EmbeddedChannel;
import io.polylog.net.WebSocketProtocol.Frames;
import java.io.ByteArrayOutputStream;
import java.util.List;

/// Whatever bytes come: they are a request or none, frames or the end of the connection; nothing
/// else is thrown. Runs its corpus as a plain test; with `JAZZER_FUZZ=1` it looks for more.
class WebSocketFuzzTest {
    private static final int LARGEST_FRAME = 1 << 16;
    private static final int SMALL_FRAME = 126;
    private static final byte[] REQUEST =
            ("GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                            + "Sec-WebSocket-Version: 13\r\n\r\n")
                    .getBytes(US_ASCII);

    /// @param data the first byte says how the rest is cut into reads
    @FuzzTest(maxDuration = "60s")
    void any_request_is_answered_or_ends_the_connection(byte[] data) {
        Echo echo = new Echo();
        EmbeddedChannel channel = open(echo, Frames.BINARY);
        feed(channel, data, 1, data.length == 0 ? 1 : 1 + (data[0] & 0xff));
        end(channel);
    }

    /// @param data the first byte says how the rest is cut into reads, and what the frames are
    @FuzzTest(maxDuration = "60s")
    void any_frames_are_bytes_or_end_the_connection(byte[] data) {
        if (data.length == 0) {
            return;
        }
        Echo echo = new Echo();
        EmbeddedChannel channel = open(echo, data[0] < 0 ? Frames.TEXT : Frames.BINARY);
        feed(channel, REQUEST, 0, REQUEST.length);
        feed(channel, data, 1, 1 + (data[0] & 0x7f));
        end(channel);
        assertThat(echo.got.size()).isLessThan(data.length);
    }

    /// @param data the first two bytes say how the rest is put into frames and cut into reads
    @FuzzTest(maxDuration = "60s")
    void bytes_in_frames_come_as_they_were_sent(byte[] data) {
        if (data.length < 2) {
            return;
        }
        Echo echo = new Echo();
        EmbeddedChannel channel = open(echo, data[0] < 0 ? Frames.TEXT : Frames.BINARY);
        feed(channel, REQUEST, 0, REQUEST.length);
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        int most = 1 + (data[0] & 0x7f) % (SMALL_FRAME - 1);
        for (int from = 2; from < data.length; from += most) {
            int length = Math.min(most, data.length - from);
            sent.write(data, from, length);
            frames.write(0x82);
            frames.write(0x80 | length);
            frames.write(data, 0, 2);
            frames.write(data, 0, 2);
            for (int i = 0; i < length; i++) {
                frames.write(data[from + i] ^ data[i % 2]);
            }
        }
        feed(channel, frames.toByteArray(), 0, 1 + (data[1] & 0xff));
        end(channel);
        assertThat(echo.got.toByteArray()).isEqualTo(sent.toByteArray());
    }

    private static EmbeddedChannel open(Echo echo, Frames frames) {
        EmbeddedChannel channel = new EmbeddedChannel();
        var terms =
                new WebSocketProtocol.Terms("echo_ws", 7, List.of("echo"), frames, LARGEST_FRAME);
        new WebSocketProtocol(echo, terms).accept(channel.pipeline());
        return channel;
    }

    private static void feed(EmbeddedChannel channel, byte[] data, int start, int step) {
        for (int from = start; from < data.length && channel.isOpen(); from += step) {
            int length = Math.min(step, data.length - from);
            channel.writeInbound(Unpooled.copiedBuffer(data, from, length));
            channel.releaseOutbound();
        }
    }

    private static void end(EmbeddedChannel channel) {
        channel.finishAndReleaseAll();
        channel.checkException();
    }

    /// Sends back what it gets, and notes it.
    private static final class Echo extends ChannelInboundHandlerAdapter implements Protocol {
        final ByteArrayOutputStream got = new ByteArrayOutputStream();

        @Override
        public String name() {
            return "echo";
        }

        @Override
        public int defaultPort() {
            return 7;
        }

        @Override
        public void accept(ChannelPipeline pipeline) {
            pipeline.addLast(this);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            byte[] copy = new byte[bytes.readableBytes()];
            bytes.getBytes(bytes.readerIndex(), copy);
            got.writeBytes(copy);
            context.writeAndFlush(bytes);
        }
    }
}
