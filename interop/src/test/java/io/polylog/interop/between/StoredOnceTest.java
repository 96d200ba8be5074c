package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit;
import io.polylog.interop.between.Family.Kind;
import io.polylog.interop.mqtt.HiveMqClient;
import io.polylog.interop.stomp.RawStomp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A message that many subscribers of many protocols are owed lies on the disk once.
class StoredOnceTest {
    private static final String SUBJECT = "once";

    @TempDir private Path folder;

    /// What Kafka produces is stored as it was sent, for Kafka's readers, and opened once for all
    /// others.
    @ParameterizedTest
    @CsvSource({"AMQP, 1", "MQTT, 1", "STOMP, 1", "KAFKA, 2"})
    void a_payload_is_stored_once_for_all_subscribers(Kind from, int times) throws Exception {
        String payload = "stored once? " + UUID.randomUUID();
        Path data = folder.resolve("data");
        try (RunningBroker broker = RunningBroker.on(data)) {
            subscribe(broker);
            try (Family sender = from.on(broker)) {
                sender.publish(SUBJECT, Letter.plain(payload.getBytes(UTF_8)));
            }
            receive(broker, payload);
        }

        assertThat(timesOnDisk(data, payload.getBytes(UTF_8))).isEqualTo(times);
    }

    private static void subscribe(RunningBroker broker) throws Exception {
        try (Kafka kafka = new Kafka(broker);
                Rabbit rabbit = Rabbit.on(broker);
                HiveMqClient mqtt = HiveMqClient.persistent(broker, "screen");
                RawStomp stomp = RawStomp.on(broker)) {
            kafka.topic(SUBJECT, 1);
            rabbit.queue("billing");
            rabbit.channel.queueBind("billing", "amq.topic", SUBJECT);
            mqtt.subscribe(SUBJECT, MqttQos.AT_LEAST_ONCE);
            stomp.call(
                    "SUBSCRIBE",
                    "",
                    "id:mail",
                    "destination:/topic/" + SUBJECT,
                    "durable:true",
                    "auto-delete:false");
        }
    }

    private static void receive(RunningBroker broker, String payload) throws Exception {
        try (Kafka kafka = new Kafka(broker);
                Rabbit rabbit = Rabbit.on(broker);
                HiveMqClient mqtt = HiveMqClient.persistent(broker, "screen");
                RawStomp stomp = RawStomp.on(broker)) {
            assertThat(kafka.readTexts(SUBJECT)).containsExactly(payload);
            assertThat(rabbit.drain("billing")).containsExactly(payload);
            assertThat(HiveMqClient.text(mqtt.next())).isEqualTo(payload);
            stomp.send(
                    "SUBSCRIBE",
                    "",
                    "id:mail",
                    "destination:/topic/" + SUBJECT,
                    "durable:true",
                    "auto-delete:false");
            assertThat(stomp.message().bytes()).asString(UTF_8).isEqualTo(payload);
        }
    }

    private static int timesOnDisk(Path data, byte[] wanted) throws IOException {
        List<Path> files;
        try (Stream<Path> listed = Files.walk(data)) {
            files = listed.filter(Files::isRegularFile).toList();
        }
        int times = 0;
        for (Path file : files) {
            byte[] bytes = Files.readAllBytes(file);
            for (int i = 0; i + wanted.length <= bytes.length; i++) {
                if (bytes[i] == wanted[0]
                        && Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                    times++;
                }
            }
        }
        return times;
    }
}
