package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.polylog.broker.routing.PatternTrie;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Whatever bytes come: they are commands, or one of NATS' errors; nothing else is thrown, and a
/// message that was taken can be opened by a reader. Runs its corpus as a plain test; with
/// `JAZZER_FUZZ=1` it looks for more.
class NatsFuzzTest {
    private static final int MOST_PAYLOAD = 1 << 20;

    /// @param data the first byte says how the rest is cut into reads
    @FuzzTest(maxDuration = "60s")
    void any_bytes_are_commands_or_an_error(byte[] data) {
        if (data.length == 0) {
            return;
        }
        NatsReader reader = new NatsReader(MOST_PAYLOAD);
        Taking taking = new Taking();
        int step = 1 + (data[0] & 0xff);
        try {
            for (int from = 1; from < data.length; from += step) {
                int length = Math.min(step, data.length - from);
                reader.read(Unpooled.wrappedBuffer(data, from, length), taking);
            }
        } catch (NatsException refused) {
            // the protocol's own error: what bad input is to get
        }
    }

    /// Does with each command what a connection does, as far as that needs no broker.
    private static final class Taking implements NatsReader.Commands {
        private ConnectOptions options = ConnectOptions.FIRST;
        private PatternTrie<String> patterns = PatternTrie.empty();

        @Override
        public boolean takesMore() {
            return true;
        }

        @Override
        public void connect(String json) {
            options = options.with(json);
            Login.of(options.credentials());
        }

        @Override
        public void publish(NatsReader message, ByteBuf content) {
            byte[] headers = new byte[message.headerBytes()];
            content.readBytes(headers);
            byte[] subject = message.subject();
            ReplySubjects.target(new String(subject, UTF_8));
            NatsMapping.envelope(headers);
            ByteBuffer stored =
                    NatsContent.begin(
                            subject,
                            message.replyLength(),
                            headers.length + content.readableBytes());
            message.reply(stored);
            stored.putInt(headers.length).put(headers);
            content.readBytes(stored);
            var opened = new NatsMapping().open(stored.flip()).getFirst();
            NatsMapping.stored(opened, "fallback");
            ByteBuf out = Unpooled.buffer();
            new MessageWriter(true, new Traffic())
                    .write(out, NatsContent.wrap(stored), new byte[] {'1'});
            new MessageWriter(false, new Traffic())
                    .write(out, NatsContent.wrap(stored), new byte[] {'1'});
            out.release();
        }

        @Override
        public void subscribe(String subject, @Nullable String queue, String sid) {
            if (NatsSubjects.isPattern(subject)) {
                patterns = patterns.with(NatsSubjects.pattern(subject), sid);
                NatsSubjects.matches(subject, subject);
            }
        }

        @Override
        public void unsubscribe(String sid, int most) {
            // nothing to end
        }

        @Override
        public void ping() {
            // nothing to answer
        }

        @Override
        public void pong() {
            // nothing asked
        }
    }

    /// @param data a stored message, perhaps damaged in a way that no checksum saw
    @FuzzTest(maxDuration = "60s")
    void any_stored_bytes_open_or_are_refused(byte[] data) {
        try {
            new NatsMapping().open(ByteBuffer.wrap(data));
        } catch (IllegalArgumentException refused) {
            // what a codec says to bytes that are not its encoding
        }
    }
}
