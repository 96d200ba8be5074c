package io.polylog.protocol.mqtt;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.polylog.protocol.mqtt.MqttFrame.Publish;
import io.polylog.protocol.mqtt.MqttFrame.Subscribe;
import java.nio.ByteBuffer;

/// Whatever bytes come: they are packets, or an MQTT error; nothing else is thrown, and a message
/// that was taken can be opened by a reader. Runs its corpus as a plain test; with `JAZZER_FUZZ=1`
/// it looks for more.
class MqttFuzzTest {
    private static final int MOST_BYTES = 1 << 20;

    /// @param data the first byte says how the rest is cut into reads
    @FuzzTest(maxDuration = "60s")
    void any_bytes_are_packets_or_an_error(byte[] data) {
        if (data.length == 0) {
            return;
        }
        PacketReader reader = new PacketReader(MOST_BYTES);
        MqttCodec codec = new MqttCodec();
        int step = 1 + (data[0] & 0xff);
        try {
            for (int from = 1; from < data.length; from += step) {
                int length = Math.min(step, data.length - from);
                ByteBuf read = Unpooled.copiedBuffer(data, from, length);
                reader.add(read, Unpooled.EMPTY_BUFFER.alloc());
                ByteBuf body;
                while ((body = reader.next()) != null) {
                    take(codec.read(reader.header(), body));
                }
            }
        } catch (MqttException refused) {
            // the protocol's own error: what bad input is to get
        } finally {
            reader.close();
        }
    }

    private static void take(MqttFrame frame) {
        switch (frame) {
            case Publish publish -> {
                MqttContent.Head head =
                        new MqttContent.Head(
                                publish.qos(),
                                new byte[0],
                                publish.topic(),
                                publish.expirySeconds(),
                                publish.properties());
                new MqttMapping().open(MqttContent.stored(head, publish.payload()));
            }
            case Subscribe subscribe -> {
                for (int i = 0; i < subscribe.filters().size(); i++) {
                    Filter filter =
                            Filter.of(subscribe.filters().get(i), subscribe.options().get(i), 0);
                    if (filter.isSound()) {
                        filter.pattern();
                        filter.matches("a/b");
                    }
                }
            }
            default -> {}
        }
    }

    /// @param data a stored message, perhaps damaged in a way that no checksum saw
    @FuzzTest(maxDuration = "60s")
    void any_stored_bytes_open_or_are_refused(byte[] data) {
        try {
            new MqttMapping().open(ByteBuffer.wrap(data));
        } catch (IllegalArgumentException refused) {
            // what a codec says to bytes that are not its encoding
        }
    }

    /// @param data a session's record, perhaps damaged in a way that no checksum saw
    @FuzzTest(maxDuration = "60s")
    void any_session_record_is_read_or_refused(byte[] data) {
        try {
            SessionRecord.read(ByteBuffer.wrap(data));
        } catch (IllegalArgumentException refused) {
            // what a damaged one is
        }
    }
}
