package io.polylog.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.polylog.net.ConnectionInfo.Peer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ListenerTest {
    private static final InetSocketAddress FREE =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final ConnectionLimits SHORT = new ConnectionLimits(2, 300, 1024);

    private final EventLoops loops = new EventLoops(2);
    private final Connections connections = new Connections(() -> 1_000);

    @AfterEach
    void stopLoops() {
        loops.close();
    }

    @Test
    void a_connection_reaches_its_protocol_and_its_bytes_come_back() throws IOException {
        try (var listener = open();
                var socket = connect(listener)) {
            socket.getOutputStream().write("!hello".getBytes(UTF_8));
            assertThat(socket.getInputStream().readNBytes(6)).isEqualTo("!hello".getBytes(UTF_8));
        }
    }

    @Test
    void a_connection_that_does_not_finish_its_handshake_in_time_is_closed() throws IOException {
        try (var listener = open();
                var socket = connect(listener)) {
            long began = System.nanoTime();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(250));
        }
    }

    @Test
    void a_connection_that_finished_its_handshake_may_stay_silent() throws Exception {
        try (var listener = open();
                var socket = connect(listener)) {
            socket.getOutputStream().write('!');
            assertThat(socket.getInputStream().read()).isEqualTo('!');
            socket.setSoTimeout(600);
            assertThatThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(java.net.SocketTimeoutException.class);
        }
    }

    @Test
    void too_many_bytes_before_the_handshake_close_the_connection() throws IOException {
        try (var listener = open();
                var socket = connect(listener)) {
            socket.getOutputStream().write(new byte[2000]);
            assertThat(readToEnd(socket)).isLessThanOrEqualTo(1024);
        }
    }

    @Test
    void connections_above_the_limit_are_closed_and_room_is_given_back() throws IOException {
        try (var listener = open();
                var first = connect(listener);
                var second = connect(listener)) {
            await().until(() -> listener.connections() == 2);
            try (var third = connect(listener)) {
                assertThat(readToEnd(third)).isZero();
            }
            first.shutdownOutput();
            second.shutdownOutput();
            await().until(() -> listener.connections() == 0);
            try (var fourth = connect(listener)) {
                fourth.getOutputStream().write('!');
                assertThat(fourth.getInputStream().read()).isEqualTo('!');
            }
        }
    }

    @Test
    void stopping_tells_each_connection_and_a_taken_port_is_an_error() throws IOException {
        try (var listener = open();
                var socket = connect(listener)) {
            assertThatThrownBy(() -> open(listener.address()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("echo");
            await().until(() -> listener.connections() == 1);
            listener.stop(5_000);
            assertThat(socket.getInputStream().readAllBytes()).isEqualTo("bye".getBytes(UTF_8));
        }
    }

    @Test
    void open_connections_are_listed_with_who_is_there_until_they_are_closed() throws IOException {
        try (var listener = open();
                var first = connect(listener);
                var second = connect(listener)) {
            await().until(() -> connections.list().size() == 2);
            assertThat(connections.list())
                    .extracting(one -> one.remote().getPort())
                    .containsExactlyInAnyOrder(first.getLocalPort(), second.getLocalPort());
            assertThat(connections.list())
                    .allMatch(one ->
                            one.protocol().equals("echo")
                                    && one.sinceMs() == 1_000
                                    && one.peer().equals(Peer.UNKNOWN));

            first.getOutputStream().write('!');
            assertThat(first.getInputStream().read()).isEqualTo('!');
            ConnectionInfo introduced = named("guest").orElseThrow();
            assertThat(introduced.remote().getPort()).isEqualTo(first.getLocalPort());
            assertThat(introduced.peer().client()).hasSize(256);
            assertThat(connections.find(introduced.id())).contains(introduced);

            first.shutdownOutput();
            await().until(() -> connections.find(introduced.id()).isEmpty());
            assertThat(connections.list()).hasSize(1);
            assertThat(connections.close(introduced.id(), "late")).isFalse();
        }
    }

    private Optional<ConnectionInfo> named(String user) {
        return connections.list().stream()
                .filter(one -> one.peer().user().equals(user))
                .findFirst();
    }

    @Test
    void a_connection_told_to_close_hears_why_and_others_stay() throws IOException {
        try (var listener = open();
                var first = connect(listener);
                var second = connect(listener)) {
            first.getOutputStream().write('!');
            assertThat(first.getInputStream().read()).isEqualTo('!');
            assertThat(connections.close(named("guest").orElseThrow().id(), "enough")).isTrue();
            assertThat(first.getInputStream().readAllBytes()).isEqualTo("enough".getBytes(UTF_8));
            second.getOutputStream().write('!');
            assertThat(second.getInputStream().read()).isEqualTo('!');
        }
    }

    private Listener open() throws IOException {
        return open(FREE);
    }

    private Listener open(InetSocketAddress address) throws IOException {
        return Listener.open(loops, new Echo(), address, SHORT, connections);
    }

    private static Socket connect(Listener listener) throws IOException {
        return new Socket(listener.address().getAddress(), listener.address().getPort());
    }

    /// Bytes until the other side closed, by end of stream or by reset.
    private static int readToEnd(Socket socket) {
        int count = 0;
        try {
            while (socket.getInputStream().read() >= 0) {
                count++;
            }
        } catch (IOException reset) {
            return count;
        }
        return count;
    }

    /// Sends back what it gets; the byte `!` ends the handshake.
    private static final class Echo implements Protocol {
        @Override
        public String name() {
            return "echo";
        }

        @Override
        public int defaultPort() {
            return 7;
        }

        @Override
        public void accept(ChannelPipeline pipeline) {
            pipeline.addLast(new Handler());
        }

        private static final class Handler extends ChannelInboundHandlerAdapter {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                var bytes = (ByteBuf) message;
                if (bytes.getByte(0) == '!') {
                    ConnectionGuard.passed(context.channel());
                    Connections.introduce(
                            context.channel(), new Peer("guest", "/", "n".repeat(1_000)));
                }
                context.writeAndFlush(bytes);
            }

            private static void leave(ChannelHandlerContext context, String word) {
                context.writeAndFlush(context.alloc().buffer().writeBytes(word.getBytes(UTF_8)))
                        .addListener(written -> context.close());
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext context, Object event) {
                if (event == Listener.Stopping.STOPPING) {
                    leave(context, "bye");
                } else if (event instanceof Connections.Close(String reason)) {
                    leave(context, reason);
                }
            }
        }
    }
}
