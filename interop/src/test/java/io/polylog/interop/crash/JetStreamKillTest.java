package io.polylog.interop.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.Mirror;
import io.nats.client.api.Source;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.polylog.harness.BrokerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What JetStream does by itself, through `kill -9`: streams that are filled from others,
/// schedules, and messages that end.
class JetStreamKillTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int GONE = 20;
    private static final int ENDING = 50;

    /// For so long a marker stays, and no message's time is shorter.
    private static final Duration MARKED = Duration.ofSeconds(3);

    /// A crash is no news here.
    private static final ErrorListener QUIET = new ErrorListener() {};

    @TempDir private Path folder;
    private BrokerProcess broker;
    private Connection client;
    private JetStreamManagement streams;

    @BeforeEach
    void startBroker() throws Exception {
        broker = BrokerProcess.start(folder.resolve("data"), folder.resolve("broker.log"));
        connect();
    }

    @AfterEach
    void stopBroker() throws Exception {
        client.close();
        broker.close();
    }

    private void connect() throws Exception {
        client =
                Nats.connect(
                        new Options.Builder()
                                .server("nats://" + broker.address("nats"))
                                .connectionTimeout(PATIENCE)
                                .noReconnect()
                                .errorListener(QUIET)
                                .build());
        streams = client.jetStreamManagement();
    }

    private void restart() throws Exception {
        client.close();
        broker.restart();
        connect();
    }

    private void publish(String subject, String... headers) throws Exception {
        Headers said = new Headers();
        for (int i = 0; i < headers.length; i += 2) {
            said.add(headers[i], headers[i + 1]);
        }
        client.jetStream().publish(subject, said, new byte[0]);
    }

    /// Publishes until the broker is killed, which is when so many were answered.
    private void publishUntilKilled(int answers) throws Exception {
        Semaphore answered = new Semaphore(0);
        for (int i = 0; i < 4 * answers && answered.availablePermits() < answers; i++) {
            client.jetStream()
                    .publishAsync("o." + i % 3, ("m" + i).getBytes(UTF_8))
                    .thenRun(answered::release);
        }
        assertThat(answered.tryAcquire(answers, 10, TimeUnit.SECONDS)).isTrue();
        broker.kill9();
    }

    private void makeStreams() throws Exception {
        streams.addStream(StreamConfiguration.builder().name("O").subjects("o.*").build());
        for (int i = 0; i < 2 * GONE; i++) {
            publish("o.first");
        }
        for (int i = 0; i < GONE; i++) {
            streams.deleteMessage("O", 2 * i + 1);
        }
        streams.addStream(
                StreamConfiguration.builder()
                        .name("M")
                        .mirror(Mirror.builder().sourceName("O").build())
                        .build());
        streams.addStream(
                StreamConfiguration.builder()
                        .name("S")
                        .sources(Source.builder().sourceName("O").build())
                        .build());
        streams.addStream(
                StreamConfiguration.builder()
                        .name("T")
                        .subjects("s.*", "t.*")
                        .allowMessageSchedules()
                        .build());
        streams.addStream(
                StreamConfiguration.builder()
                        .name("K")
                        .subjects("k.*")
                        .allowMessageTtl()
                        .subjectDeleteMarkerTtl(MARKED)
                        .build());
        streams.addStream(
                StreamConfiguration.builder().name("E").subjects("e.*").allowMessageTtl().build());
    }

    @Test
    void each_message_comes_once_and_what_is_due_meanwhile_is_done() throws Exception {
        makeStreams();
        for (int i = 0; i < ENDING; i++) {
            publish("k." + i, "Nats-TTL", "3s");
            publish("e." + i, "Nats-TTL", i == 0 ? "never" : "1s");
        }
        Instant over = Instant.now().plus(MARKED);
        publish("s.once", "Nats-Schedule", soon(1500), "Nats-Schedule-Target", "t.once");
        publish("s.often", "Nats-Schedule", "@every 1s", "Nats-Schedule-Target", "t.often");
        publishUntilKilled(500);
        await().until(() -> Instant.now().isAfter(over));
        restart();
        List<String> wrong = new ArrayList<>(ended());
        int often = KeptMessages.of(client, "T").count("t.often");
        publishUntilKilled(500);
        restart();
        await().atMost(PATIENCE).until(() -> KeptMessages.of(client, "T").count("t.often") > often);

        KeptMessages origin = KeptMessages.of(client, "O");
        await().atMost(PATIENCE).until(() -> last("M") == last("O"));
        await().atMost(PATIENCE).until(() -> last("S") >= origin.count());
        wrong.addAll(KeptMessages.of(client, "M").wrongCopyOf(origin, true));
        wrong.addAll(KeptMessages.of(client, "S").wrongCopyOf(origin, false));
        KeptMessages timed = KeptMessages.of(client, "T");
        wrong.addAll(timed.wrongSchedule("t.once", 1, 1));
        wrong.addAll(timed.wrongSchedule("t.often", 2, Integer.MAX_VALUE));
        assertThat(wrong).isEmpty();
        assertThat(KeptMessages.of(client, "E").count()).isEqualTo(1);
        assertThat(origin.count()).isGreaterThan(1000);
    }

    /// What is wrong with the messages that have ended, as soon as all have.
    private List<String> ended() throws Exception {
        await().atMost(PATIENCE).until(() -> last("K") >= 2 * ENDING);
        KeptMessages ended = KeptMessages.of(client, "K");
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < ENDING; i++) {
            wrong.addAll(ended.wrongEnd("k." + i));
        }
        return wrong;
    }

    private static String soon(long ms) {
        return "@at " + Instant.now().plusMillis(ms);
    }

    private long last(String stream) throws Exception {
        return streams.getStreamInfo(stream).getStreamState().getLastSequence();
    }
}
