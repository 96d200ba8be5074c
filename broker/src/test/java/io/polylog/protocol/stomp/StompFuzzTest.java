package io.polylog.protocol.stomp;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;

/// Whatever bytes come: they are frames, or a STOMP error; nothing else is thrown, and a message
/// that was taken can be opened by a reader. Runs its corpus as a plain test; with `JAZZER_FUZZ=1`
/// it looks for more.
class StompFuzzTest {
    private static final int MOST_BODY = 1 << 20;

    /// @param data the first byte says the version and how the rest is cut into reads
    @FuzzTest(maxDuration = "60s")
    void any_bytes_are_frames_or_an_error(byte[] data) {
        if (data.length == 0) {
            return;
        }
        StompVersion version = data[0] < 0 ? StompVersion.V1_0 : StompVersion.V1_2;
        StompReader reader = new StompReader(MOST_BODY);
        reader.version(version);
        int step = 1 + (data[0] & 0xff);
        try {
            for (int from = 1; from < data.length; from += step) {
                int length = Math.min(step, data.length - from);
                reader.read(
                        Unpooled.wrappedBuffer(data, from, length), frame -> take(frame, version));
            }
        } catch (StompException refused) {
            // the protocol's own error: what bad input is to get
        }
    }

    private static void take(StompFrame frame, StompVersion version) {
        String destination = frame.header("destination", "q");
        ByteBuffer stored =
                StompContent.of(destination, frame.headers(), ByteBuffer.wrap(frame.body()));
        StompMapping.envelope(frame.headers());
        new StompMapping().open(stored);
        ByteBuf out = Unpooled.buffer();
        StompContent.wrap(stored).writeTo(out, version);
        out.release();
    }

    /// @param data a stored message, perhaps damaged in a way that no checksum saw
    @FuzzTest(maxDuration = "60s")
    void any_stored_bytes_open_or_are_refused(byte[] data) {
        try {
            new StompMapping().open(ByteBuffer.wrap(data));
        } catch (IllegalArgumentException refused) {
            // what a codec says to bytes that are not its encoding
        }
    }
}
