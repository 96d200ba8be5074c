package io.polylog.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.impl.AMQImpl;
import com.rabbitmq.client.impl.Frame;
import com.rabbitmq.client.impl.LongStringHelper;
import com.rabbitmq.client.impl.Method;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;

/// A RabbitMQ client that subscribes and then reads nothing until it is told to. One thread.
final class SilentAmqp implements AutoCloseable {
    private static final int FRAME_MAX = 131_072;
    private static final int PATIENCE_MS = 20_000;
    private static final int ACK_EACH = 100;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private boolean acks;

    SilentAmqp(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MS);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
        out.write(new byte[] {'A', 'M', 'Q', 'P', 0, 0, 9, 1});
        expect(AMQP.Connection.Start.class);
        var guest = LongStringHelper.asLongString("\0guest\0guest");
        send(0, new AMQImpl.Connection.StartOk(Map.of(), "PLAIN", guest, "en_US"));
        expect(AMQP.Connection.Tune.class);
        send(0, new AMQImpl.Connection.TuneOk(0, FRAME_MAX, 0));
        send(0, new AMQImpl.Connection.Open("/", "", false));
        expect(AMQP.Connection.OpenOk.class);
        send(1, new AMQImpl.Channel.Open(""));
        expect(AMQP.Channel.OpenOk.class);
    }

    /// Subscribes; its deliveries are not read.
    ///
    /// @param prefetch 0 for no limit
    SilentAmqp consume(String queue, boolean noAck, int prefetch) throws IOException {
        acks = !noAck;
        send(1, new AMQImpl.Basic.Qos(0, prefetch, false));
        expect(AMQP.Basic.QosOk.class);
        send(1, new AMQImpl.Basic.Consume(0, queue, "", false, noAck, false, false, Map.of()));
        expect(AMQP.Basic.ConsumeOk.class);
        return this;
    }

    /// Reads all that waits: whole messages that begin with their number, in order.
    void readAll(int messages) throws IOException {
        for (int number = 0; number < messages; number++) {
            var delivery = expect(AMQP.Basic.Deliver.class);
            assertThat(body().getInt()).isEqualTo(number);
            if (acks && (number + 1) % ACK_EACH == 0) {
                send(1, new AMQImpl.Basic.Ack(delivery.getDeliveryTag(), true));
            }
        }
    }

    private ByteBuffer body() throws IOException {
        Frame header = Frame.readFrom(in, () -> FRAME_MAX);
        long size = AMQImpl.readContentHeaderFrom(header.getInputStream()).getBodySize();
        ByteBuffer body = ByteBuffer.allocate((int) size);
        while (body.hasRemaining()) {
            body.put(Frame.readFrom(in, () -> FRAME_MAX).getPayload());
        }
        return body.flip();
    }

    private void send(int channel, Method method) throws IOException {
        method.toFrame(channel).writeTo(out);
        out.flush();
    }

    private <T> T expect(Class<T> type) throws IOException {
        Frame frame = Frame.readFrom(in, () -> FRAME_MAX);
        return type.cast(AMQImpl.readMethodFrom(frame.getInputStream()));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
