package io.polylog.protocol.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StompReaderTest {
    private static final int MOST_BODY = 100_000;

    private static List<StompFrame> read(StompVersion version, String bytes, int step) {
        StompReader reader = new StompReader(MOST_BODY);
        reader.version(version);
        List<StompFrame> frames = new ArrayList<>();
        byte[] all = bytes.getBytes(UTF_8);
        for (int from = 0; from < all.length; from += step) {
            int count = Math.min(step, all.length - from);
            reader.read(Unpooled.wrappedBuffer(all, from, count), frames::add);
        }
        return frames;
    }

    private static StompFrame one(StompVersion version, String bytes) {
        List<StompFrame> frames = read(version, bytes, Integer.MAX_VALUE);
        assertThat(frames).hasSize(1);
        return frames.getFirst();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void frames_are_the_same_however_their_bytes_come(int step) {
        List<StompFrame> frames =
                read(
                        StompVersion.V1_2,
                        "\n\r\n"
                                + "SEND\r\n"
                                + "destination:/queue/a\r\n"
                                + "content-length:5\r\n\r\n"
                                + "a\0b\0c\0\n\n"
                                + "SEND\n"
                                + "destination:grüße\n\n"
                                + "hello\0\0DISCONNECT\n\n"
                                + "\0",
                        step);

        assertThat(frames)
                .extracting(StompFrame::command)
                .containsExactly("SEND", "SEND", "DISCONNECT");
        assertThat(new String(frames.get(0).body(), UTF_8)).isEqualTo("a\0b\0c");
        assertThat(frames.get(0).header("destination")).isEqualTo("/queue/a");
        assertThat(new String(frames.get(1).body(), UTF_8)).isEqualTo("hello");
        assertThat(frames.get(1).header("destination")).isEqualTo("grüße");
        assertThat(frames.get(2).body()).isEmpty();
    }

    @Test
    void escapes_are_read_as_their_version_has_them() {
        String frame = "SEND\na\\cb: c\\nd\\\\e:f\n\n\0";

        assertThat(one(StompVersion.V1_0, frame).header("a\\cb")).isEqualTo("c\\nd\\\\e:f");
        assertThat(one(StompVersion.V1_1, frame).header("a:b")).isEqualTo(" c\nd\\e:f");
        assertThat(one(StompVersion.V1_2, frame).header("a:b")).isEqualTo(" c\nd\\e:f");
    }

    @Test
    void a_log_in_is_read_without_escapes() {
        assertThat(one(StompVersion.V1_2, "CONNECT\npasscode:a\\nb\\x\n\n\0").header("passcode"))
                .isEqualTo("a\\nb\\x");
    }

    @Test
    void of_headers_that_repeat_the_first_counts() {
        StompFrame frame = one(StompVersion.V1_2, "SEND\nfoo:1\nfoo:2\n\n\0");
        assertThat(frame.header("foo")).isEqualTo("1");
        assertThat(frame.headers().size()).isEqualTo(2);
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                Arguments.of("SEND\nno colon\n\n\0", "a header line must be 'name:value'"),
                Arguments.of("SEND\n:value\n\n\0", "a header line must be 'name:value'"),
                Arguments.of("SEND\na:\\t\n\n\0", "a backslash in a header must be followed"),
                Arguments.of("SEND\na:b\\\n\n\0", "a backslash in a header must be followed"),
                Arguments.of("SEND\na:b\0c\n\n\0", "a NUL before the empty line"),
                Arguments.of("SEND\0", "a NUL before the empty line"),
                Arguments.of("SEND\ncontent-length:2\n\nabc\0", "a NUL must follow the body"),
                Arguments.of("SEND\ncontent-length:-1\n\n\0", "must be a number of bytes"),
                Arguments.of("SEND\ncontent-length:99999999999\n\n\0", "must be a number"),
                Arguments.of("SEND\ncontent-length:100001\n\n", "at most 100000 bytes"),
                Arguments.of("SEND\n\n" + "x".repeat(100_001), "at most 100000 bytes"),
                Arguments.of("SEND\n" + "a:b\n".repeat(1001), "at most 1000 headers"),
                Arguments.of("x".repeat(70_000), "at most 65536 bytes"));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void what_is_malformed_is_refused_with_a_reason(String bytes, String reason) {
        assertThatThrownBy(() -> read(StompVersion.V1_2, bytes, 64))
                .isInstanceOf(StompException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void headers_that_are_not_utf_8_are_refused() {
        byte[] bytes = {'S', 'E', 'N', 'D', '\n', 'a', ':', (byte) 0xFF, '\n', '\n', 0};
        assertThatThrownBy(() ->
                        new StompReader(MOST_BODY).read(Unpooled.wrappedBuffer(bytes), frame -> {}))
                .hasMessage("headers must be UTF-8");
    }

    @ParameterizedTest
    @EnumSource(names = {"V1_1", "V1_2"})
    void what_the_writer_writes_the_reader_reads(StompVersion version) {
        String odd = version == StompVersion.V1_1 ? "a:b\\c\nd" : "a:b\\c\nd\r";
        ByteBuf out = Unpooled.buffer();
        StompWriter.command(out, "MESSAGE");
        StompWriter.header(out, version, odd, odd);
        StompWriter.end(out, "body\0".getBytes(UTF_8));

        StompFrame frame = one(version, out.toString(UTF_8));

        assertThat(frame.header(odd)).isEqualTo(odd);
        assertThat(new String(frame.body(), UTF_8)).isEqualTo("body\0");
    }

    @Test
    void no_value_begins_another_header_for_a_client_of_1_0() {
        ByteBuf out = Unpooled.buffer();
        StompWriter.header(out, StompVersion.V1_0, "a:b", "http://x\\y\nevil:1");

        assertThat(out.toString(UTF_8)).isEqualTo("a\\cb:http://x\\y\\nevil:1\n");
    }

    @Test
    void versions_are_agreed_on() {
        assertThat(StompVersion.common(null)).isEqualTo(StompVersion.V1_0);
        assertThat(StompVersion.common("1.0,1.1,2.0")).isEqualTo(StompVersion.V1_1);
        assertThat(StompVersion.common("1.2, 1.1")).isEqualTo(StompVersion.V1_2);
        assertThat(StompVersion.common("2.1")).isNull();
    }
}
