package io.polylog.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A connection that speaks HTTP/1.1, as far as a load needs it: one request after the other, each
/// with the length of its body. One thread asks; the same or another takes the answer.
final class HttpSocket implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 << 10;
    private static final byte[] HEAD_END = "\r\n\r\n".getBytes(ISO_8859_1);

    private final SocketChannel channel;
    private final String host;
    private ByteBuffer arrived = ByteBuffer.allocate(BUFFER_BYTES);

    /// What was answered.
    record Answer(int status, byte[] body) {}

    /// Connects.
    ///
    /// @param address host:port
    HttpSocket(String address) throws IOException {
        int colon = address.lastIndexOf(':');
        channel =
                SocketChannel.open(
                        new InetSocketAddress(
                                address.substring(0, colon),
                                Integer.parseInt(address.substring(colon + 1))));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        host = " HTTP/1.1\r\nHost: " + address + "\r\n";
    }

    SocketChannel channel() {
        return channel;
    }

    /// Sends a request.
    ///
    /// @param line method and path
    /// @param headers a line each, with its end
    void send(String line, String headers, ByteBuffer body) throws IOException {
        String length = "Content-Length: " + body.remaining() + "\r\n\r\n";
        ByteBuffer head = ByteBuffer.wrap((line + host + headers + length).getBytes(ISO_8859_1));
        ByteBuffer[] both = {head, body};
        while (head.hasRemaining() || body.hasRemaining()) {
            if (channel.write(both) == 0) {
                Thread.onSpinWait(); // of a socket that does not block, and is full
            }
        }
    }

    /// Sends a request and waits for its answer.
    Answer ask(String line) throws IOException {
        send(line, "", ByteBuffer.allocate(0));
        Answer answer = read();
        while (answer == null) {
            answer = read();
        }
        return answer;
    }

    /// Reads what there is, and gives the answer when it is whole, else null.
    @Nullable Answer read() throws IOException {
        if (!arrived.hasRemaining()) {
            arrived = ByteBuffer.allocate(arrived.capacity() * 2).put(arrived.flip());
        }
        if (channel.read(arrived) < 0) {
            throw new EOFException();
        }
        int headBytes = headBytes();
        if (headBytes < 0) {
            return null;
        }
        String head = new String(arrived.array(), 0, headBytes, ISO_8859_1);
        int bodyBytes = bodyBytes(head);
        if (arrived.position() < headBytes + bodyBytes) {
            return null;
        }
        byte[] body = Arrays.copyOfRange(arrived.array(), headBytes, headBytes + bodyBytes);
        arrived.clear(); // one answer at a time
        return new Answer(Integer.parseInt(head.substring(9, 12)), body);
    }

    private int headBytes() {
        byte[] bytes = arrived.array();
        for (int end = HEAD_END.length; end <= arrived.position(); end++) {
            if (Arrays.equals(bytes, end - HEAD_END.length, end, HEAD_END, 0, HEAD_END.length)) {
                return end;
            }
        }
        return -1;
    }

    private static int bodyBytes(String head) throws IOException {
        String lower = head.toLowerCase(Locale.ROOT);
        int at = lower.indexOf("content-length:");
        if (at < 0) {
            throw new IOException("an answer without its length: " + head);
        }
        return Integer.parseInt(lower.substring(at + 15, lower.indexOf('\r', at)).strip());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
