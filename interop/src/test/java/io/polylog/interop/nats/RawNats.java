package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;

/// A connection whose lines the test writes itself. One thread.
final class RawNats implements AutoCloseable {
    private static final int TIMEOUT_MS = 15_000;

    private final Socket socket;
    private final InputStream in;
    private final String info;

    private RawNats(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
        info = line();
        assertThat(info).startsWith("INFO {");
    }

    /// Connects and reads INFO.
    static RawNats on(RunningBroker broker) throws IOException {
        return new RawNats(broker.port("nats"));
    }

    /// Connects and says CONNECT with these further options.
    static RawNats connected(RunningBroker broker, String options) throws IOException {
        RawNats nats = on(broker);
        nats.send("CONNECT {\"verbose\":false,\"pedantic\":false" + options + "}\r\n");
        return nats;
    }

    String info() {
        return info;
    }

    void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
    }

    /// The next line, without its end.
    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        int letter = in.read();
        while (letter >= 0 && letter != '\n') {
            line.append((char) letter);
            letter = in.read();
        }
        return line.toString().stripTrailing();
    }

    /// Everything until a PONG that is asked for now.
    String untilPong() throws IOException {
        send("PING\r\n");
        StringBuilder all = new StringBuilder();
        String line = line();
        while (!line.equals("PONG")) {
            assertThat(line.isEmpty() && isClosed()).isFalse();
            all.append(line).append('\n');
            line = line();
        }
        return all.toString();
    }

    /// Whether the broker has closed it.
    boolean isClosed() throws IOException {
        try {
            in.mark(1);
            int next = in.read();
            if (next >= 0) {
                in.reset();
            }
            return next < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
