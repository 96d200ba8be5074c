package io.polylog.interop.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.impl.AMQImpl;
import com.rabbitmq.client.impl.Frame;
import com.rabbitmq.client.impl.LongStringHelper;
import com.rabbitmq.client.impl.Method;
import io.polylog.interop.RunningBroker;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// A connection whose frames the test writes itself, with the Java client's encoders: for what no
/// client does. One thread.
final class RawConnection implements AutoCloseable {
    private static final int FRAME_MAX = 131_072;
    private static final int TIMEOUT_MS = 15_000;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;

    private RawConnection(RunningBroker broker) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), broker.port("amqp"));
        socket.setSoTimeout(TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    /// Connects and sends the protocol header.
    static RawConnection begun(RunningBroker broker) throws IOException {
        RawConnection raw = new RawConnection(broker);
        raw.bytes(new byte[] {'A', 'M', 'Q', 'P', 0, 0, 9, 1});
        return raw;
    }

    /// Connects and says something else first.
    static RawConnection begunWith(RunningBroker broker, String bytes) throws IOException {
        RawConnection raw = new RawConnection(broker);
        raw.bytes(bytes.getBytes(StandardCharsets.ISO_8859_1));
        return raw;
    }

    /// Connects and goes as far as connection.tune.
    static RawConnection tuning(RunningBroker broker) throws IOException {
        RawConnection raw = begun(broker);
        raw.expect(AMQP.Connection.Start.class);
        raw.send(
                0,
                new AMQImpl.Connection.StartOk(
                        Map.of(),
                        "PLAIN",
                        LongStringHelper.asLongString("\0guest\0guest"),
                        "en_US"));
        raw.expect(AMQP.Connection.Tune.class);
        return raw;
    }

    /// Connects, with heartbeats of so many seconds, and opens channel 1.
    static RawConnection open(RunningBroker broker, int heartbeatSeconds) throws IOException {
        RawConnection raw = tuning(broker);
        raw.send(0, new AMQImpl.Connection.TuneOk(0, FRAME_MAX, heartbeatSeconds));
        raw.send(0, new AMQImpl.Connection.Open("/", "", false));
        raw.expect(AMQP.Connection.OpenOk.class);
        raw.send(1, new AMQImpl.Channel.Open(""));
        raw.expect(AMQP.Channel.OpenOk.class);
        return raw;
    }

    void send(int channel, Method method) throws IOException {
        method.toFrame(channel).writeTo(out);
        out.flush();
    }

    void frame(int type, int channel, byte... payload) throws IOException {
        out.writeByte(type);
        out.writeShort(channel);
        out.writeInt(payload.length);
        out.write(payload);
        out.writeByte(AMQP.FRAME_END);
        out.flush();
    }

    void bytes(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /// The next frame; null where the broker has closed.
    Frame next() throws IOException {
        return Frame.readFrom(in, () -> FRAME_MAX);
    }

    /// The next method, heartbeats read over.
    Method method() throws IOException {
        Frame frame = next();
        while (frame != null && frame.getType() == AMQP.FRAME_HEARTBEAT) {
            frame = next();
        }
        if (frame == null) {
            throw new AssertionError("closed without a word");
        }
        return AMQImpl.readMethodFrom(frame.getInputStream());
    }

    <T> T expect(Class<T> type) throws IOException {
        Method method = method();
        if (!type.isInstance(method)) {
            throw new AssertionError("expected " + type.getName() + ", got " + method);
        }
        return type.cast(method);
    }

    /// Sends a last method and reads to the end; gives what was said. A broker that has closed
    /// meanwhile, because it could not make out the frames, has said nothing more.
    byte[] answeredAndRead(Method method) throws IOException {
        try {
            send(0, method);
            return rest();
        } catch (SocketException closed) {
            return new byte[0];
        }
    }

    /// Reads to the end of the stream; gives what was said.
    byte[] rest() throws IOException {
        return in.readAllBytes();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
