package io.polylog.interop.kafka;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;

/// A connection that says exactly what the test wants, in the version it wants. One thread.
final class RawKafka implements AutoCloseable {
    private static final int PATIENCE_MS = 20_000;

    private final Socket socket;
    private final DataInputStream in;
    private int correlation;

    RawKafka(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MS);
        in = new DataInputStream(socket.getInputStream());
    }

    /// Reads an answer's body.
    @FunctionalInterface
    interface Body<T> {
        T read(ByteBufferAccessor bytes, short version);
    }

    <T> T ask(ApiKeys key, int version, ApiMessage request, Body<T> answer) throws IOException {
        send(key, version, request);
        return answered(key, version, answer);
    }

    void send(ApiKeys key, int version, ApiMessage request) throws IOException {
        RequestHeaderData header =
                new RequestHeaderData()
                        .setRequestApiKey(key.id)
                        .setRequestApiVersion((short) version)
                        .setCorrelationId(++correlation)
                        .setClientId("raw");
        ByteBuffer head =
                MessageUtil.toByteBufferAccessor(header, key.requestHeaderVersion((short) version))
                        .buffer();
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, (short) version).buffer();
        int length = head.remaining() + body.remaining();
        send(ByteBuffer.allocate(4 + length).putInt(length).put(head).put(body).array());
    }

    /// Sends bytes as they are.
    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /// The answer to what was sent last.
    <T> T answered(ApiKeys key, int version, Body<T> body) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        if (buffer.getInt() != correlation) {
            throw new IOException("an answer to something else");
        }
        if (key.responseHeaderVersion((short) version) > 0) {
            buffer.get(); // no tagged fields
        }
        return body.read(new ByteBufferAccessor(buffer), (short) version);
    }

    /// Whether the broker has closed the connection; waits for it.
    boolean isClosed() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
