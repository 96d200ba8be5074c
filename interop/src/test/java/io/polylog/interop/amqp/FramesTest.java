package io.polylog.interop.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.impl.AMQImpl;
import com.rabbitmq.client.impl.Frame;
import io.polylog.interop.RunningBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What no client sends: each wrong frame is answered with RabbitMQ's code. And heartbeats, frame
/// by frame.
class FramesTest {
    private static final AMQImpl.Basic.Publish PUBLISH =
            new AMQImpl.Basic.Publish(0, "", "q", false, false);

    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @FunctionalInterface
    interface Frames {
        void write(RawConnection raw) throws IOException;
    }

    static Stream<Arguments> wrongFrames() {
        return Stream.of(
                wrong(501, "frame type", raw -> raw.frame(9, 1)),
                wrong(
                        501,
                        "does not end in 206",
                        raw -> raw.bytes(new byte[] {8, 0, 0, 0, 0, 0, 0, 1})),
                wrong(501, "frame_max", raw -> raw.bytes(new byte[] {1, 0, 1, 127, 0, 0, 0})),
                wrong(501, "longer than its header", FramesTest::bodyTooLong),
                wrong(502, "cut short", raw -> raw.frame(1, 1, bytes(0, 60, 0, 80, 0))),
                wrong(502, "table", raw -> raw.frame(1, 1, brokenTable())),
                wrong(503, "unknown method 99", raw -> raw.frame(1, 1, bytes(0, 60, 0, 99))),
                wrong(503, "unknown method", raw -> raw.frame(1, 1, bytes(0, 99, 0, 10))),
                wrong(504, "channel.open", raw -> raw.send(7, new AMQImpl.Basic.Qos(0, 1, false))),
                wrong(
                        504,
                        "second 'channel.open'",
                        raw -> raw.send(1, new AMQImpl.Channel.Open(""))),
                wrong(505, "method frame", FramesTest::methodForContent),
                wrong(505, "content body", raw -> raw.frame(3, 1, bytes(1, 2, 3))),
                wrong(505, "content header", raw -> raw.frame(2, 1, header(60, 0))),
                wrong(505, "class 50", FramesTest::headerOfAnotherClass),
                wrong(505, "heartbeat", raw -> raw.frame(8, 1)));
    }

    private static Arguments wrong(int code, String text, Frames frames) {
        return Arguments.of(code, text, frames);
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    /// A content header without properties.
    private static byte[] header(int classId, int bodySize) {
        return bytes(0, classId, 0, 0, 0, 0, 0, 0, 0, 0, 0, bodySize, 0, 0);
    }

    @Test
    void a_message_too_large_is_refused_before_its_body_comes() throws Exception {
        try (RawConnection raw = RawConnection.open(broker, 0)) {
            raw.send(1, PUBLISH);
            raw.frame(2, 1, bytes(0, 60, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0));
            AMQP.Channel.Close close = raw.expect(AMQP.Channel.Close.class);
            assertThat(close.getReplyCode()).isEqualTo(406);
            assertThat(close.getReplyText())
                    .isEqualTo(
                            "PRECONDITION_FAILED - message size 16777217 is larger than configured"
                                    + " max size 16777216");
            raw.frame(3, 1, bytes(1, 2, 3)); // was under way
            raw.send(1, new AMQImpl.Channel.CloseOk());
            raw.send(1, new AMQImpl.Channel.Open(""));
            raw.expect(AMQP.Channel.OpenOk.class);
        }
    }

    private static void bodyTooLong(RawConnection raw) throws IOException {
        raw.send(1, PUBLISH);
        raw.frame(2, 1, header(60, 2));
        raw.frame(3, 1, bytes(1, 2, 3));
    }

    private static void methodForContent(RawConnection raw) throws IOException {
        raw.send(1, PUBLISH);
        raw.send(1, PUBLISH);
    }

    private static void headerOfAnotherClass(RawConnection raw) throws IOException {
        raw.send(1, PUBLISH);
        raw.frame(2, 1, header(50, 0));
    }

    /// queue.declare of `q` whose arguments claim ten bytes and have one.
    private static byte[] brokenTable() {
        return bytes(0, 50, 0, 10, 0, 0, 1, 'q', 0, 0, 0, 0, 10, 1);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("wrongFrames")
    void a_wrong_frame_ends_the_connection_with_its_code(int code, String text, Frames frames)
            throws Exception {
        try (RawConnection raw = RawConnection.open(broker, 0)) {
            frames.write(raw);
            AMQP.Connection.Close close = raw.expect(AMQP.Connection.Close.class);
            assertThat(close.getReplyCode()).isEqualTo(code);
            assertThat(close.getReplyText()).contains(text);
            assertThat(raw.answeredAndRead(new AMQImpl.Connection.CloseOk())).isEmpty();
        }
    }

    @Test
    void what_is_agreed_is_within_what_was_offered() throws Exception {
        assertNotAllowed(new AMQImpl.Connection.TuneOk(0, 4095, 0), "frame_max");
        assertNotAllowed(new AMQImpl.Connection.TuneOk(0, 1 << 20, 0), "frame_max");
        assertNotAllowed(new AMQImpl.Connection.TuneOk(65_535, 131_072, 0), "channel_max");
    }

    private void assertNotAllowed(AMQImpl.Connection.TuneOk answer, String what) throws Exception {
        try (RawConnection raw = RawConnection.tuning(broker)) {
            raw.send(0, answer);
            AMQP.Connection.Close close = raw.expect(AMQP.Connection.Close.class);
            assertThat(close.getReplyCode()).isEqualTo(530);
            assertThat(close.getReplyText()).contains(what);
        }
    }

    @Test
    void the_broker_tells_what_it_can() throws Exception {
        try (RawConnection raw = RawConnection.begun(broker)) {
            AMQP.Connection.Start start = raw.expect(AMQP.Connection.Start.class);
            assertThat(start.getMechanisms().toString().split(" ")).contains("PLAIN", "AMQPLAIN");
            assertThat(start.getServerProperties().get("capabilities"))
                    .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                    .containsAllEntriesOf(
                            Map.of(
                                    "publisher_confirms", true,
                                    "exchange_exchange_bindings", true,
                                    "basic.nack", true,
                                    "consumer_cancel_notify", true,
                                    "connection.blocked", true,
                                    "consumer_priorities", true,
                                    "authentication_failure_close", true,
                                    "per_consumer_qos", true,
                                    "direct_reply_to", true));
        }
    }

    @Test
    void another_protocol_is_told_which_one_this_is() throws Exception {
        for (String beginning : new String[] {"GET / HTTP/1.1\r\n", "AMQP\1\1\0\11", "\26\3\1"}) {
            try (RawConnection raw = RawConnection.begunWith(broker, beginning)) {
                assertThat(raw.rest()).isEqualTo(new byte[] {'A', 'M', 'Q', 'P', 0, 0, 9, 1});
            }
        }
    }

    @Test
    void an_idle_broker_sends_heartbeats() throws Exception {
        try (RawConnection raw = RawConnection.open(broker, 1)) {
            for (int i = 0; i < 2; i++) {
                Frame frame = raw.next();
                assertThat(frame.getType()).isEqualTo(AMQP.FRAME_HEARTBEAT);
                assertThat(frame.getChannel()).isZero();
                raw.frame(AMQP.FRAME_HEARTBEAT, 0);
            }
        }
    }

    @Test
    void a_client_that_is_silent_for_two_intervals_is_cut_off() throws Exception {
        long since = System.nanoTime();
        try (RawConnection raw = RawConnection.open(broker, 1)) {
            raw.rest(); // ends when the broker closes, or the socket's time-out fails the test
        }
        assertThat((System.nanoTime() - since) / 1e9).isBetween(1.5, 10.0);
    }
}
