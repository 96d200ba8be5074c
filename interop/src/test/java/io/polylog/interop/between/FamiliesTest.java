package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import io.polylog.interop.between.Family.Kind;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What a client of one protocol publishes, clients of all protocols get, once and whole.
class FamiliesTest {
    private static final int LARGE = 1 << 20;

    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"), "listen.ports.http=auto");
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    private static Stream<Arguments> pairs() {
        return Arrays.stream(Kind.values())
                .flatMap(from -> Arrays.stream(Kind.values()).map(to -> Arguments.of(from, to)));
    }

    private static Stream<Arguments> bodies() {
        byte[] large = new byte[LARGE - 1_000]; // Kafka's limit is of a batch
        new Random(5).nextBytes(large);
        return Arrays.stream(Kind.values())
                .flatMap(from ->
                        Stream.of(
                                Arguments.of(from, "text", "grüße".getBytes(UTF_8)),
                                Arguments.of(from, "binary", new byte[] {0, -1, 0, 10, 13, 0}),
                                Arguments.of(from, "empty", new byte[0]),
                                Arguments.of(from, "large", large)));
    }

    /// A subject with its topic, so that Kafka takes part.
    private static String subject(String name) throws Exception {
        try (Kafka kafka = new Kafka(broker)) {
            kafka.topic(name, 1);
        }
        return name;
    }

    @ParameterizedTest(name = "{1} of {0}")
    @MethodSource("bodies")
    void a_body_reaches_everybody_once_and_unchanged(Kind from, String what, byte[] body)
            throws Exception {
        String subject = subject("bodies." + from + "." + what);
        Map<Kind, Family> receivers = new EnumMap<>(Kind.class);
        try (Family sender = from.on(broker)) {
            for (Kind to : Kind.values()) {
                receivers.put(to, to.on(broker));
                receivers.get(to).listen(subject);
            }
            sender.publish(subject, Letter.plain(body));
            sender.publish(subject, Letter.plain("end".getBytes(UTF_8)));

            for (Map.Entry<Kind, Family> each : receivers.entrySet()) {
                assertThat(each.getValue().next().said().body())
                        .as("%s to %s", from, each.getKey())
                        .isEqualTo(Letter.plain(body).said().body());
                assertThat(each.getValue().next().body())
                        .as("%s to %s, behind it", from, each.getKey())
                        .asString(UTF_8)
                        .isEqualTo("end");
            }
        } finally {
            for (Family receiver : receivers.values()) {
                receiver.close();
            }
        }
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void everything_that_is_said_arrives(Kind from, Kind to) throws Exception {
        String subject = subject("said." + from + "." + to);
        try (Family sender = from.on(broker);
                Family receiver = to.on(broker)) {
            receiver.listen(subject);
            sender.publish(subject, Letter.full());

            assertThat(receiver.next().said()).isEqualTo(Letter.full().said());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"MQTT", "STOMP", "AMQP", "NATS", "HTTP"})
    void who_listens_to_everything_hears_everybody_once(Kind to) throws Exception {
        String subject = subject("all." + to);
        try (Family receiver = to.on(broker)) {
            receiver.listen("#");
            for (Kind from : Kind.values()) {
                try (Family sender = from.on(broker)) {
                    sender.publish(subject, Letter.plain(from.name().getBytes(UTF_8)));
                }
                assertThat(receiver.next().body()).asString(UTF_8).isEqualTo(from.name());
            }
        }
    }
}
