package io.polylog.interop.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit;
import io.polylog.interop.mqtt.PahoClient.Came;
import io.polylog.interop.mqtt.RawMqtt.Packet;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What outlives a connection, and a broker: sessions, exchanges at QoS 2, retained messages and
/// wills. With Eclipse Paho's client, and by hand where a client would not do it.
class SessionsTest {
    private static final int PUBLISH = 3;
    private static final int DISCONNECT = 14;

    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    private static PahoClient kept(String id) throws Exception {
        return new PahoClient(broker, id, options -> options.setCleanSession(false));
    }

    private static PahoClient client(String id) throws Exception {
        return new PahoClient(broker, id, 4);
    }

    private static int port() {
        return broker.port("mqtt");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void a_session_that_is_kept_gets_what_came_while_it_was_away(int published) throws Exception {
        String id = "away-" + published;
        try (PahoClient first = kept(id)) {
            first.client.subscribe(id + "/#", 2);
        }
        broker.restart();
        try (PahoClient sender = client("sender")) {
            for (int i = 0; i < 20; i++) {
                sender.publish(id + "/x", "m" + i, published);
            }
        }
        broker.restart();
        try (PahoClient again = kept(id)) {
            for (int i = 0; i < 20; i++) {
                assertThat(again.next()).isEqualTo(new Came(id + "/x", "m" + i, published, false));
            }
            again.client.unsubscribe(id + "/#");
            again.publish(id + "/x", "nobody wants this", 1);
        }
        try (PahoClient once = client(id)) {
            once.client.subscribe(id + "/y", 1);
            once.publish(id + "/y", "only this", 1);
            assertThat(once.next().text()).isEqualTo("only this");
        }
    }

    @Test
    void a_message_of_qos_2_that_is_sent_again_is_stored_once() throws Exception {
        try (PahoClient collector = kept("collector")) {
            collector.client.subscribe("once", 2);
        }
        try (RawMqtt raw = RawMqtt.connected(port(), "exact", true, 1000)) {
            raw.publish(0x34, 7, "once", "a");
            assertThat(raw.next()).isEqualTo(new Packet(0x50, "0007"));
            raw.publish(0x3c, 7, "once", "a");
            assertThat(raw.next()).isEqualTo(new Packet(0x50, "0007"));
        }
        broker.restart();
        try (RawMqtt raw = RawMqtt.connected(port(), "exact", false, 1000)) {
            raw.publish(0x3c, 7, "once", "a");
            assertThat(raw.next()).isEqualTo(new Packet(0x50, "0007"));
            raw.ack(0x62, 7);
            assertThat(raw.next()).isEqualTo(new Packet(0x70, "0007"));
            raw.ack(0x62, 7);
            assertThat(raw.next()).isEqualTo(new Packet(0x70, "000792"));
            raw.publish(0x34, 7, "once", "b");
            assertThat(raw.next()).isEqualTo(new Packet(0x50, "0007"));
        }
        try (PahoClient collector = kept("collector")) {
            assertThat(collector.next().text()).isEqualTo("a");
            assertThat(collector.next().text()).isEqualTo("b");
        }
    }

    @Test
    void a_message_of_qos_2_that_is_refused_leaves_those_that_came_with_it() throws Exception {
        try (Rabbit rabbit = Rabbit.on(broker)) {
            Map<String, Object> one = Map.of("x-max-length", 1, "x-overflow", "reject-publish");
            rabbit.channel.queueDeclare("full", true, false, false, one);
            rabbit.store("full", "there already");
            rabbit.queue("roomy");
        }
        try (RawMqtt raw = RawMqtt.connected(port(), "many", true, 1000)) {
            ByteArrayOutputStream batch = new ByteArrayOutputStream();
            for (int id = 1; id <= 7; id++) {
                String topic = id == 3 || id == 6 ? "$queue/full" : "$queue/roomy";
                batch.writeBytes(RawMqtt.publication(0x34, id, topic, "m" + id));
            }
            raw.bytes(batch.toByteArray());
            for (int id = 1; id <= 7; id++) {
                String code = id == 3 || id == 6 ? "97" : "";
                assertThat(raw.next()).isEqualTo(new Packet(0x50, "%04x".formatted(id) + code));
            }
            raw.publish(0x34, 3, "$queue/roomy", "m8");
            assertThat(raw.next()).isEqualTo(new Packet(0x50, "0003"));
        }
        try (Rabbit rabbit = Rabbit.on(broker)) {
            assertThat(rabbit.drain("roomy")).containsExactly("m1", "m2", "m4", "m5", "m7", "m8");
            assertThat(rabbit.drain("full")).containsExactly("there already");
        }
    }

    @Test
    void an_exchange_of_qos_2_goes_on_where_it_was() throws Exception {
        Packet sent;
        try (RawMqtt raw = RawMqtt.connected(port(), "exact2", true, 1000)) {
            raw.subscribe(1, "two", 2);
            raw.next();
            try (PahoClient sender = client("sender")) {
                sender.publish("two", "a", 2);
            }
            sent = raw.next(PUBLISH);
            assertThat(sent.header()).isEqualTo(0x34);
        }
        broker.restart();
        int id;
        try (RawMqtt raw = RawMqtt.connected(port(), "exact2", false, 1000)) {
            Packet again = raw.next(PUBLISH);
            assertThat(again).isEqualTo(new Packet(0x3c, sent.body()));
            id = Integer.parseInt(sent.body().substring(10, 14), 16);
            raw.ack(0x50, id);
            assertThat(raw.next()).isEqualTo(new Packet(0x62, "%04x".formatted(id)));
        }
        broker.restart();
        try (RawMqtt raw = RawMqtt.connected(port(), "exact2", false, 1000)) {
            assertThat(raw.next()).isEqualTo(new Packet(0x62, "%04x".formatted(id)));
            raw.ack(0x70, id);
            raw.packet(0xc0);
            assertThat(raw.next().type()).isEqualTo(13);
        }
        try (RawMqtt raw = RawMqtt.connected(port(), "exact2", false, 1000)) {
            raw.packet(0xc0);
            assertThat(raw.next().type()).isEqualTo(13);
        }
    }

    @Test
    void a_message_that_was_not_acknowledged_comes_again_under_its_packet_id() throws Exception {
        Packet sent;
        try (RawMqtt raw = RawMqtt.connected(port(), "least", true, 1000)) {
            raw.subscribe(1, "one", 1);
            raw.next();
            try (PahoClient sender = client("sender")) {
                sender.publish("one", "a", 1);
            }
            sent = raw.next(PUBLISH);
        }
        broker.restart();
        try (RawMqtt raw = RawMqtt.connected(port(), "least", false, 1000)) {
            assertThat(raw.next(PUBLISH)).isEqualTo(new Packet(0x3a, sent.body()));
        }
    }

    @Test
    void who_comes_with_the_same_client_id_takes_over() throws Exception {
        try (RawMqtt first = RawMqtt.connected(port(), "twin", true, 1000)) {
            first.subscribe(1, "twin/#", 1);
            first.next();
            try (RawMqtt second = RawMqtt.connected(port(), "twin", false, 1000)) {
                assertThat(first.next(DISCONNECT).body()).startsWith("8e");
                assertThat(first.isClosed()).isTrue();
                second.publish(0x32, 9, "twin/x", "a");
                assertThat(second.next(PUBLISH).header()).isEqualTo(0x32);
            }
        }
    }

    @Test
    void a_retained_message_waits_for_who_comes_later() throws Exception {
        try (PahoClient sender = client("sender")) {
            sender.retain("kept/a", "first", 1);
            sender.retain("kept/a", "last", 1);
            sender.retain("kept/b", "gone", 0);
            sender.retain("kept/b", "", 1);
            sender.retain("kept/c", "at most once", 0);
        }
        for (int life = 0; life < 2; life++) {
            try (PahoClient receiver = client("receiver")) {
                receiver.client.subscribe("kept/+", 1);
                List<Came> came = new ArrayList<>(List.of(receiver.next(), receiver.next()));
                assertThat(came)
                        .containsExactlyInAnyOrder(
                                new Came("kept/a", "last", 1, true),
                                new Came("kept/c", "at most once", 0, true));
                receiver.publish("kept/a", "now", 1);
                assertThat(receiver.next()).isEqualTo(new Came("kept/a", "now", 1, false));
            }
            broker.restart();
        }
    }

    @Test
    void a_will_is_published_for_who_goes_without_a_word() throws Exception {
        try (PahoClient receiver = client("receiver")) {
            receiver.client.subscribe("wills/#", 1);
            byte[] text = "gone".getBytes(StandardCharsets.UTF_8);
            PahoClient mortal =
                    new PahoClient(
                            broker,
                            "mortal",
                            options -> options.setWill("wills/m", text, 1, false));
            mortal.client.disconnectForcibly(0, 0, false);
            assertThat(receiver.next()).isEqualTo(new Came("wills/m", "gone", 1, false));
            mortal.client.close();
            try (PahoClient polite =
                    new PahoClient(
                            broker,
                            "polite",
                            options -> options.setWill("wills/p", text, 1, false))) {
                assertThat(polite.client.isConnected()).isTrue();
            }
            receiver.publish("wills/end", "end", 1);
            assertThat(receiver.next().text()).isEqualTo("end");
        }
    }

    @Test
    void a_shared_subscription_gives_each_message_to_one() throws Exception {
        try (PahoClient one = client("one");
                PahoClient two = client("two");
                PahoClient sender = client("sender")) {
            one.client.subscribe("$share/team/jobs/#", 1);
            two.client.subscribe("$share/team/jobs/#", 1);
            for (int i = 0; i < 100; i++) {
                sender.publish("jobs/x", "job " + i, 1);
            }
            await().until(() -> one.got.size() + two.got.size() >= 100);
            List<Came> all = new ArrayList<>();
            one.got.drainTo(all);
            two.got.drainTo(all);
            assertThat(all).hasSize(100).doesNotHaveDuplicates();
            one.client.unsubscribe("$share/team/jobs/#");
            sender.publish("jobs/x", "for two", 1);
            assertThat(two.next().text()).isEqualTo("for two");
        }
    }

    @Test
    void the_broker_says_what_it_is() throws Exception {
        try (PahoClient client = client("curious")) {
            client.client.subscribe("$SYS/#", 0);
            assertThat(client.next())
                    .isEqualTo(new Came("$SYS/broker/version", "Polylog 0.1.0", 0, true));
        }
    }
}
