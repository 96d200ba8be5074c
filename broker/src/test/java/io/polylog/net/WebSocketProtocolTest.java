package io.polylog.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.polylog.net.WebSocketProtocol.Frames;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// With Java's own client.
@Timeout(20)
class WebSocketProtocolTest {
    private static final int LARGEST_FRAME = 100_000;

    private final EventLoops loops = new EventLoops(1);
    private final HttpClient http = HttpClient.newHttpClient();
    private Listener text;
    private Listener binary;

    @BeforeEach
    void listen() throws IOException {
        text = open(Frames.TEXT);
        binary = open(Frames.BINARY);
    }

    @AfterEach
    void stop() {
        text.close();
        binary.close();
        loops.close();
        http.close();
    }

    @Test
    void the_first_sub_protocol_asked_for_that_is_served_is_agreed_on_any_path() {
        WebSocket chosen =
                http.newWebSocketBuilder()
                        .subprotocols("v13.echo", "v12.echo", "v11.echo")
                        .header("Origin", "http://elsewhere.example")
                        .buildAsync(uri(text, "/any/path?x=1"), new Heard())
                        .join();
        assertThat(chosen.getSubprotocol()).isEqualTo("v12.echo");
        chosen.abort();
        WebSocket none = connect(text, new Heard());
        assertThat(none.getSubprotocol()).isEmpty();
        none.abort();
    }

    @Test
    void text_goes_out_as_text_and_as_binary_where_it_is_none() throws Exception {
        var heard = new Heard();
        WebSocket socket = connect(text, heard);
        socket.sendText("grüße", true).join();
        assertThat(heard.next()).isEqualTo("text grüße");
        socket.sendText("=bytes", true).join();
        assertThat(heard.next()).isEqualTo("binary 3");
        socket.abort();
    }

    @Test
    void who_sends_binary_gets_binary() throws Exception {
        var heard = new Heard();
        WebSocket socket = connect(text, heard);
        socket.sendBinary(ByteBuffer.wrap("hello".getBytes(UTF_8)), true).join();
        assertThat(heard.next()).isEqualTo("binary 5");
        socket.abort();
    }

    @Test
    void fragments_are_a_stream_of_bytes_and_pings_in_between_are_answered() throws Exception {
        var heard = new Heard();
        WebSocket socket = connect(binary, heard);
        socket.sendBinary(ByteBuffer.allocate(70_000), false).join();
        assertThat(heard.next()).isEqualTo("binary 70000");
        socket.sendPing(ByteBuffer.wrap("p".getBytes(UTF_8))).join();
        assertThat(heard.next()).isEqualTo("pong p");
        socket.sendBinary(ByteBuffer.allocate(70_000), true).join();
        assertThat(heard.next()).isEqualTo("binary 70000");
        socket.abort();
    }

    @Test
    void what_is_written_until_a_flush_is_one_frame() throws Exception {
        var heard = new Heard();
        WebSocket socket = connect(text, heard);
        socket.sendText("*abc", true).join();
        assertThat(heard.next()).isEqualTo("text *abc");
        socket.abort();
    }

    @Test
    void a_frame_too_large_ends_its_connection_and_no_other() throws Exception {
        var heard = new Heard();
        WebSocket large = connect(binary, heard);
        var other = new Heard();
        WebSocket small = connect(binary, other);
        large.sendBinary(ByteBuffer.allocate(LARGEST_FRAME + 1), true);
        assertThat(heard.next()).startsWith("closed");
        small.sendBinary(ByteBuffer.allocate(1), true).join();
        assertThat(other.next()).isEqualTo("binary 1");
        small.abort();
    }

    @Test
    void a_text_frame_ends_the_connection_of_a_binary_protocol() throws Exception {
        var heard = new Heard();
        WebSocket socket = connect(binary, heard);
        socket.sendText("hello", true).join();
        assertThat(heard.next()).isEqualTo("closed 1003");
    }

    @Test
    void the_protocol_says_its_last_word_before_the_closing_frame() throws Exception {
        var heard = new Heard();
        connect(text, heard);
        await().until(() -> text.connections() == 1);
        text.stop(5_000);
        assertThat(heard.next()).isEqualTo("text bye");
        assertThat(heard.next()).isEqualTo("closed 1000");
    }

    @Test
    void the_limits_before_login_hold_for_the_bytes_of_the_handshake() throws IOException {
        try (Socket socket = new Socket(text.address().getAddress(), text.address().getPort())) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nX: ".getBytes(UTF_8));
            assertThatThrownBy(
                            () -> {
                                while (true) {
                                    socket.getOutputStream().write(new byte[1024]);
                                }
                            })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void what_is_no_websocket_request_is_refused() throws Exception {
        try (Socket socket = new Socket(text.address().getAddress(), text.address().getPort())) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(UTF_8));
            String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 4");
        }
    }

    private Listener open(Frames frames) throws IOException {
        var terms =
                new WebSocketProtocol.Terms(
                        "echo_ws", 7, List.of("v12.echo", "v11.echo"), frames, LARGEST_FRAME);
        return Listener.open(
                loops,
                new WebSocketProtocol(new Echo(), terms),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                ConnectionLimits.DEFAULT,
                new Connections(() -> 0));
    }

    private static URI uri(Listener listener, String path) {
        return URI.create("ws://127.0.0.1:" + listener.address().getPort() + path);
    }

    private WebSocket connect(Listener listener, Heard heard) {
        return http.newWebSocketBuilder().buildAsync(uri(listener, "/ws"), heard).join();
    }

    /// What the client heard, in words.
    private static final class Heard implements WebSocket.Listener {
        private final BlockingQueue<String> words = new LinkedBlockingQueue<>();
        private final StringBuilder part = new StringBuilder();
        private int bytes;

        String next() throws InterruptedException {
            return words.poll(10, TimeUnit.SECONDS);
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            part.append(data);
            if (last) {
                words.add("text " + part);
                part.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            bytes += data.remaining();
            if (last) {
                words.add("binary " + bytes);
                bytes = 0;
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
            words.add("pong " + UTF_8.decode(message));
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            words.add("closed " + code);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            words.add("closed by error: " + error);
        }
    }

    /// Sends back what it gets: byte by byte what begins with `*`, three bytes that are no text for
    /// what begins with `=`.
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
            ConnectionGuard.passed(pipeline.channel());
            pipeline.addLast(new Handler());
        }

        private static final class Handler extends ChannelInboundHandlerAdapter {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                var bytes = (ByteBuf) message;
                if (bytes.getByte(0) == '*') {
                    while (bytes.isReadable()) {
                        context.write(bytes.readRetainedSlice(1));
                    }
                    bytes.release();
                } else if (bytes.getByte(0) == '=') {
                    bytes.release();
                    context.write(Unpooled.wrappedBuffer(new byte[] {-1, -2, -3}));
                } else {
                    context.write(bytes);
                }
                context.flush();
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext context, Object event) {
                if (event == Listener.Stopping.STOPPING) {
                    context.write(Unpooled.copiedBuffer("bye", UTF_8));
                    Farewell.close(context);
                }
            }
        }
    }
}
