package io.polylog.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Many MQTT 3.1.1 clients on one thread, that count what they get and do nothing else with it: a
/// client library for each would cost more than the broker. Its sockets speak the real protocol.
final class MqttCrowd implements AutoCloseable {
    private static final int CONNACK_BYTES = 4;
    private static final int SUBACK_BYTES = 5;
    private static final int CONNECT = 0x10;
    private static final int SUBSCRIBE = 0x82;
    private static final int PUBLISH = 0x30;
    private static final int PROTOCOL_LEVEL = 4;
    private static final int CLEAN = 2;

    private final InetSocketAddress broker;
    private final List<SocketChannel> members = new ArrayList<>();
    private final Selector selector;
    private final ByteBuffer read = ByteBuffer.allocateDirect(256 * 1024);
    private volatile long bytes;
    private volatile boolean closed;

    MqttCrowd(String address) throws IOException {
        int colon = address.lastIndexOf(':');
        broker =
                new InetSocketAddress(
                        address.substring(0, colon),
                        Integer.parseInt(address.substring(colon + 1)));
        selector = Selector.open();
    }

    /// How a client comes.
    ///
    /// @param id its client id
    /// @param clean whether its session ends with its connection
    /// @param filter what it subscribes to
    record Member(String id, boolean clean, String filter, int qos) {}

    /// Lets one more client in; returns when it has subscribed.
    void join(Member member) throws IOException {
        SocketChannel channel = SocketChannel.open(broker);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.write(ByteBuffer.wrap(hello(member)));
        ByteBuffer answer = ByteBuffer.allocate(CONNACK_BYTES + SUBACK_BYTES);
        while (answer.hasRemaining()) {
            if (channel.read(answer) < 0) {
                throw new IOException("the broker closed the connection of " + member.id);
            }
        }
        if (answer.get(CONNACK_BYTES - 1) != 0 || answer.get(answer.limit() - 1) != member.qos) {
            throw new IOException("refused: " + member);
        }
        members.add(channel);
    }

    /// Begins to count, on a thread of its own, until closed.
    void listen() throws IOException {
        for (SocketChannel channel : members) {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
        }
        Thread.ofPlatform().daemon().name("crowd").start(this::count);
    }

    private void count() {
        try {
            while (!closed) {
                selector.select(this::count);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    private void count(SelectionKey key) {
        try {
            read.clear();
            int got = ((SocketChannel) key.channel()).read(read);
            if (got < 0) {
                key.cancel();
            } else {
                bytes += got;
            }
        } catch (IOException gone) {
            key.cancel();
        }
    }

    /// Bytes that all of them got since they listen.
    long bytes() {
        return bytes;
    }

    /// A client that publishes.
    SocketChannel publisher() throws IOException {
        join(new Member("publisher", true, "none", 0));
        return members.removeLast();
    }

    /// A message at most once.
    static byte[] publish(String topic, int size) {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        text(packet, topic);
        packet.writeBytes(new byte[size]);
        return framed(PUBLISH, packet);
    }

    private static byte[] hello(Member member) {
        ByteArrayOutputStream connect = new ByteArrayOutputStream();
        text(connect, "MQTT");
        connect.write(PROTOCOL_LEVEL);
        connect.write(member.clean ? CLEAN : 0);
        connect.writeBytes(new byte[2]); // no keep-alive
        text(connect, member.id);
        ByteArrayOutputStream subscribe = new ByteArrayOutputStream();
        subscribe.writeBytes(new byte[] {0, 1});
        text(subscribe, member.filter);
        subscribe.write(member.qos);
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(framed(CONNECT, connect));
        both.writeBytes(framed(SUBSCRIBE, subscribe));
        return both.toByteArray();
    }

    private static void text(ByteArrayOutputStream to, String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        to.write(encoded.length >> 8);
        to.write(encoded.length);
        to.writeBytes(encoded);
    }

    private static byte[] framed(int type, ByteArrayOutputStream content) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(type);
        int left = content.size();
        do {
            int low = left & 0x7F;
            left >>= 7;
            frame.write(left > 0 ? low | 0x80 : low);
        } while (left > 0);
        frame.writeBytes(content.toByteArray());
        return frame.toByteArray();
    }

    @Override
    public void close() throws IOException {
        closed = true;
        selector.wakeup();
        for (SocketChannel channel : members) {
            channel.close();
        }
        selector.close();
    }
}
