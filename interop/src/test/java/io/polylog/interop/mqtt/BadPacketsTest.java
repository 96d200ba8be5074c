package io.polylog.interop.mqtt;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import io.polylog.interop.mqtt.RawMqtt.Packet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What breaks MQTT's rules ends its connection with MQTT's own reason, and disturbs nobody else.
class BadPacketsTest {
    private static final int SUBACK = 9;
    private static final int DISCONNECT = 14;

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private PahoClient bystander;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void somebodyElse() throws Exception {
        bystander = new PahoClient(broker, "bystander", 4);
        bystander.client.subscribe("bystander/#", 1);
    }

    @AfterEach
    void isNotDisturbed() throws Exception {
        bystander.publish("bystander/x", "well", 1);
        assertThat(bystander.next().text()).isEqualTo("well");
        bystander.close();
    }

    private static int port() {
        return broker.port("mqtt");
    }

    private static void assertEnded(RawMqtt raw, int code) throws IOException {
        Packet last = raw.next(DISCONNECT);
        assertThat(Integer.parseInt(last.body().substring(0, 2), 16)).isEqualTo(code);
        assertThat(raw.isClosed()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "a second CONNECT, 100d 0004 4d515454 05 02 0000 00 0000, 130",
        "QoS 3, 3606 0001 61 0001 00, 129",
        "a topic that is not UTF-8, 3005 0001 ff 00 78, 129",
        "a topic with a wildcard, 3005 0001 2b 00 78, 144",
        "an empty topic, 3003 0000 00, 130",
        "a length of five bytes, 30 8080808001, 129",
        "a topic alias too high, 3007 0001 61 03 23 ffff, 148",
        "an unknown topic alias, 3006 0000 03 23 0001, 148",
        "packet identifier 0, 3206 0001 61 0000 00, 130",
        "AUTH, f000, 140",
        "SUBSCRIBE with no filter, 8203 0001 00, 130",
        "PUBREL with wrong flags, 6002 0001, 129",
        "CONNACK from a client, 2002 0000, 129",
        "a packet that is too large, 30ffffff7f, 149",
    })
    void a_client_that_breaks_the_rules_is_told_which(String what, String hex, int code)
            throws Exception {
        try (RawMqtt raw = RawMqtt.connected(port(), "bad")) {
            raw.bytes(HexFormat.of().parseHex(hex.replace(" ", "")));
            assertEnded(raw, code);
        }
    }

    @Test
    void a_topic_of_ten_thousand_levels_ends_its_connection() throws Exception {
        try (RawMqtt raw = RawMqtt.connected(port(), "bad")) {
            raw.publish(0x30, 0, "a" + "/a".repeat(9_999), "x");
            assertEnded(raw, 0x90);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a#", "#/a", "+a", "$share/g", "$share//a", "$share/+/a"})
    void a_filter_that_is_none_is_refused_by_itself(String filter) throws Exception {
        try (RawMqtt raw = RawMqtt.connected(port(), "bad")) {
            raw.subscribe(7, filter, 1);
            assertThat(raw.next(SUBACK).body()).isEqualTo("0007008f");
        }
    }

    @Test
    void a_filter_of_ten_thousand_wildcards_is_refused_by_itself() throws Exception {
        try (RawMqtt raw = RawMqtt.connected(port(), "bad")) {
            raw.subscribe(7, "+/".repeat(9_999) + "#", 1);
            assertThat(raw.next(SUBACK).body()).isEqualTo("0007008f");
        }
    }

    @Test
    void many_wildcards_do_not_hold_up_who_publishes() throws Exception {
        try (RawMqtt raw = RawMqtt.connected(port(), "bad")) {
            for (int levels = 1; levels <= 100; levels++) {
                raw.subscribe(levels, "+/".repeat(levels) + "#", levels % 2);
                assertThat(raw.next(SUBACK).body()).endsWith("0" + levels % 2);
            }
            for (int i = 0; i < 100; i++) {
                bystander.publish("a" + "/a".repeat(99), "x", 1);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PUBLISH first, 3004 0001 61 78",
        "half a CONNECT, 1004 0004 4d51",
        "a client id that is not UTF-8, 100e 0004 4d515454 05 02 0000 00 0001 ff",
        "reserved flags, 100d 0004 4d515454 05 03 0000 00 0000",
    })
    void a_stranger_that_breaks_the_rules_is_cut_off(String what, String hex) throws Exception {
        try (RawMqtt raw = new RawMqtt(port())) {
            raw.bytes(HexFormat.of().parseHex(hex.replace(" ", "")));
            assertThat(raw.isClosed()).isTrue();
        }
    }

    @Test
    void a_version_that_is_not_spoken_is_named_in_connack() throws Exception {
        try (RawMqtt raw = new RawMqtt(port())) {
            raw.packet(0x10, "0004 4d515454 06 02 0000 00 0000");
            assertThat(raw.next().body()).startsWith("0084");
            assertThat(raw.isClosed()).isTrue();
        }
    }

    @Test
    void enhanced_authentication_is_refused() throws Exception {
        try (RawMqtt raw = new RawMqtt(port())) {
            String method = "15" + RawMqtt.text("SCRAM-SHA-1");
            String properties = "%02x".formatted(method.length() / 2) + method;
            raw.packet(0x10, "0004 4d515454 05 02 0000", properties, "0000");
            assertThat(raw.next().body()).startsWith("008c");
            assertThat(raw.isClosed()).isTrue();
        }
    }

    @Test
    void who_has_more_under_way_than_the_receive_maximum_is_ended() throws Exception {
        try (RawMqtt raw = RawMqtt.connected(port(), "bad")) {
            for (int id = 1; id <= 1001; id++) {
                raw.publish(0x34, id, "nowhere", "x");
            }
            assertEnded(raw, 0x93);
        }
    }

    @Test
    void acknowledgements_of_nothing_are_answered_and_change_nothing() throws Exception {
        try (RawMqtt raw = RawMqtt.connected(port(), "bad")) {
            raw.ack(0x40, 5);
            raw.ack(0x70, 5);
            raw.ack(0x50, 5);
            assertThat(raw.next()).isEqualTo(new Packet(0x62, "000592"));
            raw.ack(0x62, 5);
            assertThat(raw.next()).isEqualTo(new Packet(0x70, "000592"));
            raw.packet(0xc0);
            assertThat(raw.next().type()).isEqualTo(13);
        }
    }

    @Test
    void another_protocol_is_cut_off() throws Exception {
        try (RawMqtt raw = new RawMqtt(port())) {
            raw.bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII));
            assertThat(raw.isClosed()).isTrue();
        }
    }
}
