package io.polylog.interop.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.LinkedHashMap;
import java.util.Map;

/// A connection whose frames the test writes itself. One thread.
public final class RawStomp implements AutoCloseable {
    private static final int TIMEOUT_MS = 15_000;

    private final Socket socket;
    private final InputStream in;
    private int receipts;

    /// A frame as it came, its headers with their escapes.
    public record Frame(String command, Map<String, String> headers, byte[] bytes) {
        String body() {
            return new String(bytes, UTF_8);
        }

        public String header(String name) {
            return headers.get(name);
        }
    }

    private RawStomp(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /// Connects a socket and says nothing.
    static RawStomp silent(RunningBroker broker) throws IOException {
        return new RawStomp(broker.port("stomp"));
    }

    /// Connects and logs in with the newest version.
    public static RawStomp on(RunningBroker broker) throws IOException {
        return on(broker, "1.2");
    }

    static RawStomp on(RunningBroker broker, String version, String... headers) throws IOException {
        return on(broker.port("stomp"), version, headers);
    }

    public static RawStomp on(int port, String version, String... headers) throws IOException {
        RawStomp stomp = new RawStomp(port);
        stomp.raw(
                "CONNECT\naccept-version:%s\nhost:/\n%s\n\n\0"
                        .formatted(version, String.join("\n", headers))
                        .replace("\n\n\n", "\n\n"));
        assertThat(stomp.frame().command()).isEqualTo("CONNECTED");
        return stomp;
    }

    void raw(String bytes) throws IOException {
        raw(bytes.getBytes(UTF_8));
    }

    void raw(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /// Sends a frame of any bytes.
    ///
    /// @param headers each `name:value`
    public void send(String command, byte[] body, String... headers) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        String[] all = java.util.Arrays.copyOf(headers, headers.length + 1);
        all[headers.length] = "content-length:" + body.length;
        String text = text(command, "", all);
        frame.writeBytes(text.substring(0, text.length() - 1).getBytes(UTF_8));
        frame.writeBytes(body);
        frame.write(0);
        raw(frame.toByteArray());
    }

    /// As the other one, of a text without its length.
    public void send(String command, String body, String... headers) throws IOException {
        raw(text(command, body, headers));
    }

    static String text(String command, String body, String... headers) {
        StringBuilder frame = new StringBuilder(command).append('\n');
        for (String header : headers) {
            frame.append(header).append('\n');
        }
        return frame.append('\n').append(body).append('\0').toString();
    }

    /// Sends a frame and waits for its receipt; MESSAGE frames must not come in between.
    public void call(String command, String body, String... headers) throws IOException {
        call(command, body.getBytes(UTF_8), headers);
    }

    public void call(String command, byte[] body, String... headers) throws IOException {
        String id = "r" + ++receipts;
        String[] all = java.util.Arrays.copyOf(headers, headers.length + 1);
        all[headers.length] = "receipt:" + id;
        send(command, body, all);
        Frame receipt = frame();
        assertThat(receipt.command()).as(receipt.toString()).isEqualTo("RECEIPT");
        assertThat(receipt.header("receipt-id")).isEqualTo(id);
    }

    /// The next frame; ends of lines before it are skipped.
    public Frame frame() throws IOException {
        int first = in.read();
        while (first == '\n') {
            first = in.read();
        }
        assertThat(first).as("the connection is open").isNotNegative();
        String command = (char) first + line();
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.putIfAbsent(line.substring(0, colon), line.substring(colon + 1));
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        if (headers.containsKey("content-length")) {
            body.write(in.readNBytes(Integer.parseInt(headers.get("content-length"))));
            assertThat(in.read()).isZero();
        } else {
            for (int next = in.read(); next != 0; next = in.read()) {
                body.write(next);
            }
        }
        return new Frame(command, headers, body.toByteArray());
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            assertThat(next).as("the connection is open").isNotNegative();
            line.write(next);
        }
        return line.toString(UTF_8);
    }

    /// The next frame, which must be a MESSAGE.
    public Frame message() throws IOException {
        Frame frame = frame();
        assertThat(frame.command()).as(frame.toString()).isEqualTo("MESSAGE");
        return frame;
    }

    /// The ERROR that must come now, and then the end.
    Frame error() throws IOException {
        Frame frame = frame();
        assertThat(frame.command()).as(frame.toString()).isEqualTo("ERROR");
        assertThat(in.read()).isEqualTo(-1);
        return frame;
    }

    /// One byte, as it comes; -1 at the end.
    int read() throws IOException {
        return in.read();
    }

    /// Whether nothing comes for a while.
    boolean isSilentFor(int ms) throws IOException {
        socket.setSoTimeout(ms);
        try {
            return in.read() == '\n' && isSilentFor(ms);
        } catch (SocketTimeoutException silent) {
            return true;
        } finally {
            socket.setSoTimeout(TIMEOUT_MS);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
