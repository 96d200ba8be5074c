package io.polylog.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a client of a WebSocket sends, byte by byte, and what it gets. The example of a handshake
/// is that of RFC 6455, section 1.3.
class SocketConnectionTest {
    private static final int MOST_BYTES = 1_000;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int FINAL = 0x80;
    private static final String SHAKE =
            """
            GET /ws HTTP/1.1
            Host: localhost
            Upgrade: websocket
            Connection: keep-alive, Upgrade
            Sec-WebSocket-Version: 13
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

            """
                    .replace("\n", "\r\n");

    private final List<String> heard = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private @Nullable WebSocket socket;
    private boolean isOver;

    SocketConnectionTest() {
        Endpoint upgrading =
                new Endpoint() {
                    @Override
                    public int mostBytes(Request head) {
                        return 0;
                    }

                    @Override
                    public void serve(Exchange exchange) {
                        Handshake.require(exchange.request());
                        exchange.upgrade(MOST_BYTES, made -> listen(made));
                    }
                };
        channel.freezeTime();
        Routes routes = new Routes().add("GET", "/ws", upgrading);
        new HttpProtocol("http", routes, Origins.NONE, () -> 0).accept(channel.pipeline());
    }

    private WebSocket.Reader listen(WebSocket made) {
        socket = made;
        return new WebSocket.Reader() {
            @Override
            public void text(byte[] message) {
                heard.add(new String(message, UTF_8));
            }

            @Override
            public void writable() {}

            @Override
            public void ended() {
                isOver = true;
            }
        };
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void send(byte[] bytes) {
        channel.writeInbound(Unpooled.copiedBuffer(bytes));
        channel.runPendingTasks();
    }

    private byte[] answered() {
        channel.runPendingTasks();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            byte[] bytes = new byte[next.readableBytes()];
            next.readBytes(bytes);
            all.writeBytes(bytes);
            next.release();
        }
        return all.toByteArray();
    }

    private void open() {
        send(SHAKE.getBytes(ISO_8859_1));
        assertThat(new String(answered(), ISO_8859_1)).startsWith("HTTP/1.1 101 ");
    }

    private static byte[] frame(int head, byte[] payload) {
        ByteBuf bytes = Unpooled.buffer().writeByte(head);
        if (payload.length < 126) {
            bytes.writeByte(0x80 | payload.length);
        } else {
            bytes.writeByte(0x80 | 126).writeShort(payload.length);
        }
        byte[] mask = {1, 2, 3, 4};
        bytes.writeBytes(mask);
        for (int i = 0; i < payload.length; i++) {
            bytes.writeByte(payload[i] ^ mask[i % 4]);
        }
        return ByteBufUtil.getBytes(bytes);
    }

    private static byte[] text(String text) {
        return frame(FINAL | TEXT, text.getBytes(UTF_8));
    }

    private void pass(long seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    private void assertClosed(int code, String reason) {
        byte[] last = answered();
        assertThat(last[0] & 0xFF).isEqualTo(FINAL | CLOSE);
        assertThat(((last[2] & 0xFF) << 8) | (last[3] & 0xFF)).isEqualTo(code);
        assertThat(new String(last, 4, last.length - 4, UTF_8)).contains(reason);
        assertThat(isOver).isTrue();
    }

    @Test
    void a_handshake_is_answered_and_frames_behind_it_are_read_at_once() {
        send((SHAKE + new String(text("early"), ISO_8859_1)).getBytes(ISO_8859_1));
        assertThat(new String(answered(), ISO_8859_1))
                .contains("Upgrade: websocket\r\nConnection: Upgrade\r\n")
                .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
        assertThat(heard).containsExactly("early");
    }

    @ParameterizedTest
    @CsvSource({
        "Upgrade: websocket, Upgrade: h2c, 426",
        "'Connection: keep-alive, Upgrade', Connection: keep-alive, 426",
        "Version: 13, Version: 8, 426",
        "dGhlIHNhbXBsZSBub25jZQ==, dGhl, 400",
        "dGhlIHNhbXBsZSBub25jZQ==, !, 400",
        "GET, HEAD, 426",
    })
    void what_asks_for_none_is_refused(String said, String instead, int status) {
        String changed = SHAKE.replace(said, instead);
        assertThat(changed).isNotEqualTo(SHAKE);
        send(changed.getBytes(ISO_8859_1));
        assertThat(new String(answered(), ISO_8859_1)).startsWith("HTTP/1.1 " + status);
        assertThat(socket).isNull();
    }

    @Test
    void a_message_may_come_in_pieces_with_pings_between_them() {
        open();
        send(frame(TEXT, "a".getBytes(UTF_8)));
        send(frame(FINAL | PING, "there?".getBytes(UTF_8)));
        send(frame(0, "b".getBytes(UTF_8)));
        assertThat(heard).isEmpty();
        send(frame(FINAL, "c".getBytes(UTF_8)));
        assertThat(heard).containsExactly("abc");
        assertThat(new String(answered(), 2, 6, UTF_8)).isEqualTo("there?");
    }

    @Test
    void what_is_said_is_a_frame_of_any_length() {
        open();
        for (int length : new int[] {0, 125, 126, 65_535, 65_536}) {
            byte[] half = "x".repeat(length / 2).getBytes(UTF_8);
            socket.send(half, "y".repeat(length - half.length).getBytes(UTF_8));
            byte[] out = answered();
            int head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
            assertThat(out).hasSize(head + length);
            assertThat(out[0] & 0xFF).isEqualTo(FINAL | TEXT);
            assertThat(out[1]).isEqualTo((byte) (head == 2 ? length : head == 4 ? 126 : 127));
        }
    }

    @Test
    void what_waits_comes_in_its_order() {
        open();
        socket.hold(true);
        send(text("a"));
        send(text("b"));
        assertThat(heard).isEmpty();
        assertThat(channel.config().isAutoRead()).isFalse();
        socket.hold(false);
        send(text("c"));
        assertThat(heard).containsExactly("a", "b", "c");
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    void binary_frames_are_refused() {
        open();
        send(frame(FINAL | BINARY, new byte[1]));
        assertClosed(1003, "text");
    }

    @Test
    void what_is_no_utf_8_is_refused() {
        open();
        send(frame(FINAL | TEXT, new byte[] {(byte) 0xC0, (byte) 0xAF}));
        assertClosed(1007, "UTF-8");
        assertThat(heard).isEmpty();
    }

    @Test
    void a_frame_that_is_too_large_is_refused_by_its_head() {
        open();
        byte[] head = {(byte) (FINAL | TEXT), (byte) 0xFF, 0, 0, 0, 0, 0x7F, 0, 0, 0, 1, 2, 3, 4};
        send(head);
        assertClosed(1009, "");
    }

    @Test
    void pieces_that_are_too_large_together_are_refused() {
        open();
        send(frame(TEXT, new byte[MOST_BYTES]));
        send(frame(0, new byte[1]));
        assertClosed(1009, "larger than 1000");
    }

    @Test
    void a_client_may_be_allowed_more() {
        open();
        socket.allow(2 * MOST_BYTES);
        send(text("x".repeat(2 * MOST_BYTES)));
        assertThat(heard.getFirst()).hasSize(2 * MOST_BYTES);
    }

    @ParameterizedTest
    @CsvSource({"0xC1,0x81", "0x81,0x01", "0x80,0x81", "0x09,0x81", "0x83,0x81"})
    void what_is_no_websocket_is_refused(String first, String second) {
        open();
        byte[] bytes = {
            (byte) (int) Integer.decode(first), (byte) (int) Integer.decode(second), 1, 2, 3, 4, 'a'
        };
        send(bytes);
        assertClosed(1002, "");
    }

    @Test
    void who_says_good_bye_hears_it_again() {
        open();
        send(frame(FINAL | CLOSE, new byte[] {0x0F, (byte) 0xA0, 'x'}));
        assertClosed(4000, "");
        send(text("late"));
        assertThat(heard).isEmpty();
    }

    @Test
    void who_answers_pings_stays_and_who_does_not_is_left() {
        open();
        for (int i = 0; i < 20; i++) {
            pass(25);
            assertThat(answered()).containsExactly(FINAL | PING, 0);
            send(frame(FINAL | PONG, new byte[0]));
        }
        pass(25);
        pass(25);
        pass(25);
        answered();
        assertThat(isOver).isFalse();
        pass(25);
        assertClosed(1008, "no sign of life");
    }

    @Test
    void a_long_reason_is_cut_between_characters() {
        open();
        socket.close(WebSocket.POLICY, "x" + "ä".repeat(100));
        byte[] out = answered();
        assertThat(out.length).isBetween(2 + 2 + 120, 2 + 125);
        assertThat(new String(out, 4, out.length - 4, UTF_8)).matches("xä+");
    }
}
