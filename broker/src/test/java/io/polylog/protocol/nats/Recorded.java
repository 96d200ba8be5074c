package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Takes commands and writes down what they were. One thread.
final class Recorded implements NatsReader.Commands {
    final List<String> commands = new ArrayList<>();

    /// What a reader makes of bytes that come so many at a time.
    static List<String> of(int mostPayload, String bytes, int step) {
        NatsReader reader = new NatsReader(mostPayload);
        Recorded recorded = new Recorded();
        byte[] all = bytes.getBytes(UTF_8);
        for (int from = 0; from < all.length; from += step) {
            int count = Math.min(step, all.length - from);
            reader.read(Unpooled.wrappedBuffer(all, from, count), recorded);
        }
        return recorded.commands;
    }

    @Override
    public boolean takesMore() {
        return true;
    }

    @Override
    public void connect(String json) {
        commands.add("CONNECT" + json);
    }

    @Override
    public void publish(NatsReader message, ByteBuf content) {
        byte[] headers = new byte[message.headerBytes()];
        content.readBytes(headers);
        ByteBuffer reply = ByteBuffer.allocate(message.replyLength());
        message.reply(reply);
        commands.add(
                (message.hasHeaders() ? "HPUB " : "PUB ")
                        + new String(message.subject(), UTF_8)
                        + " ["
                        + UTF_8.decode(reply.flip())
                        + "] ["
                        + new String(headers, UTF_8)
                        + "] "
                        + content.readCharSequence(content.readableBytes(), UTF_8));
    }

    @Override
    public void subscribe(String subject, @Nullable String queue, String sid) {
        commands.add("SUB " + subject + " " + queue + " " + sid);
    }

    @Override
    public void unsubscribe(String sid, int most) {
        commands.add("UNSUB " + sid + " " + most);
    }

    @Override
    public void ping() {
        commands.add("PING");
    }

    @Override
    public void pong() {
        commands.add("PONG");
    }
}
