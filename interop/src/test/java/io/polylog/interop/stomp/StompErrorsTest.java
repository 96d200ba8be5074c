package io.polylog.interop.stomp;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import io.polylog.interop.stomp.RawStomp.Frame;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever is wrong is said in an ERROR frame, the connection ends, and no other is disturbed.
class StompErrorsTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;
    private static RawStomp bystander;

    @BeforeAll
    static void startBroker() throws Exception {
        broker =
                RunningBroker.on(
                        folder,
                        "listen.ports.kafka=0",
                        RunningBroker.ANN,
                        "auth.permissions.*=configure=.* write=.* read=^(?!test\\.nosubscribe$)",
                        "limits.message_size=64KiB");
        bystander = ann();
        bystander.call("SUBSCRIBE", "", "id:a", "destination:/queue/bystander");
    }

    @AfterAll
    static void stopBroker() throws Exception {
        bystander.close();
        broker.close();
    }

    private static RawStomp ann() throws Exception {
        return RawStomp.on(broker, "1.2", "login:ann", "passcode:guest");
    }

    static Stream<Arguments> strangers() {
        String login = "CONNECT\naccept-version:1.2\nlogin:ann\n";
        return Stream.of(
                Arguments.of("SEND\ndestination:/queue/a\n\n\0", "Illegal command"),
                Arguments.of("GET / HTTP/1.1\r\nHost: x\r\n\r\n\0", "Illegal command"),
                Arguments.of("CONNECT\naccept-version:3.0\n\n\0", "Version mismatch"),
                Arguments.of("CONNECT\nheart-beat:a,b\n\n\0", "Invalid header"),
                Arguments.of("CONNECT\n\n\0", "Bad CONNECT"),
                Arguments.of(login + "passcode:wrong\n\n\0", "Bad CONNECT"));
    }

    @ParameterizedTest
    @MethodSource("strangers")
    void who_is_not_logged_in_is_told_why(String sent, String title) throws Exception {
        try (RawStomp stomp = RawStomp.silent(broker)) {
            stomp.raw(sent);
            assertThat(stomp.error().header("message")).isEqualTo(title);
        }
        assertNobodyElseNotices();
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of("FLY\n\n\0", "Bad command"),
                Arguments.of("CONNECT\n\n\0", "Illegal command"),
                Arguments.of("SEND\na:\\q\n\n\0", "Malformed frame"),
                Arguments.of("SEND\ndestination\0", "Malformed frame"),
                Arguments.of(
                        "SEND\ndestination:/queue/a\ncontent-length:1\n\nabc\0", "Malformed frame"),
                Arguments.of("x".repeat(70_000), "Frame too large"),
                Arguments.of("SEND\ncontent-length:70000\n\n", "Frame too large"),
                Arguments.of("SEND\n\n\0", "Missing header"),
                Arguments.of("SEND\ndestination:/nowhere/a\n\n\0", "Unknown destination"),
                Arguments.of("SEND\ndestination:/queue/a/b\n\n\0", "Invalid destination"),
                Arguments.of("SEND\ndestination:/queue/a\nmessage-id:1\n\n\0", "Invalid header"),
                Arguments.of("SEND\ndestination:/queue/a\ntransaction:t\n\n\0", "Bad transaction"),
                Arguments.of(
                        "SUBSCRIBE\nid:1\ndestination:/temp-queue/a\n\n\0", "Invalid destination"),
                Arguments.of(
                        "SUBSCRIBE\nid:1\ndestination:/queue/a\nack:x\n\n\0", "Invalid header"),
                Arguments.of("SUBSCRIBE\nid:1\ndestination:none::s\n\n\0", "not_found"),
                Arguments.of("SUBSCRIBE\nid:1\ndestination:/amq/queue/none\n\n\0", "not_found"),
                Arguments.of(
                        "SUBSCRIBE\nid:1\ndestination:/topic/test.nosubscribe\n\n\0",
                        "access_refused"),
                Arguments.of(
                        "SUBSCRIBE\nid:1\ndestination:/topic/test.nosubscribe\nack:client\n\n\0",
                        "access_refused"),
                Arguments.of("UNSUBSCRIBE\nid:7\n\n\0", "No subscription found"),
                Arguments.of("ACK\nid:7\n\n\0", "Message not found"),
                Arguments.of("ACK\n\n\0", "Missing header"),
                Arguments.of("NACK\nid:session-1-1\n\n\0", "Message not found"),
                Arguments.of("COMMIT\ntransaction:t\n\n\0", "Bad transaction"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void a_mistake_is_told_and_ends_the_connection(String sent, String title) throws Exception {
        try (RawStomp stomp = ann()) {
            stomp.raw(sent);
            Frame error = stomp.error();
            assertThat(error.header("message")).isEqualTo(title);
            assertThat(error.header("content-type")).isEqualTo("text/plain");
            assertThat(error.body()).isNotBlank();
        }
        assertNobodyElseNotices();
    }

    private static void assertNobodyElseNotices() throws Exception {
        bystander.send("SEND", "still here", "destination:/queue/bystander");
        assertThat(bystander.message().body()).isEqualTo("still here");
    }

    @Test
    void the_error_names_the_receipt_of_the_frame_that_caused_it() throws Exception {
        try (RawStomp stomp = ann()) {
            stomp.send("SUBSCRIBE", "", "id:1", "destination:/queue/a", "ack:x", "receipt:17");
            assertThat(stomp.error().header("receipt-id")).isEqualTo("17");
        }
    }

    @Test
    void what_was_sent_before_a_mistake_is_stored() throws Exception {
        try (RawStomp stomp = ann()) {
            stomp.raw(RawStomp.text("SEND", "m", "destination:/queue/before") + "FLY\n\n\0");
            stomp.error();
        }
        try (RawStomp stomp = ann()) {
            stomp.send("SUBSCRIBE", "", "id:1", "destination:/queue/before");
            assertThat(stomp.message().body()).isEqualTo("m");
        }
    }
}
