package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.nats.client.Dispatcher;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.ReplayPolicy;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Messages of a stream pushed to who listens, as NATS' own client has it.
class JnatsPushTest {
    @TempDir private Path folder;
    private RunningBroker broker;
    private Jnats nats;
    private JetStreamManagement streams;
    private JetStream stream;

    @BeforeEach
    void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        nats = Jnats.on(broker);
        streams = nats.client.jetStreamManagement();
        streams.addStream(StreamConfiguration.builder().name("S").subjects("a.>").build());
        stream = nats.client.jetStream();
    }

    @AfterEach
    void stopBroker() {
        nats.close();
        broker.close();
    }

    private void publish(int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            nats.publish("a." + i, "m" + i);
        }
        nats.client.flush(Jnats.PATIENCE);
    }

    private static List<String> subjects(JetStreamSubscription from, int count) throws Exception {
        List<String> subjects = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            subjects.add(Jnats.next(from).getSubject());
        }
        return subjects;
    }

    private static List<String> expected(int from, int to) {
        List<String> subjects = new ArrayList<>();
        for (int i = from; i < to; i++) {
            subjects.add("a." + i);
        }
        return subjects;
    }

    private static PushSubscribeOptions options(ConsumerConfiguration.Builder config) {
        return PushSubscribeOptions.builder().configuration(config.build()).build();
    }

    @Test
    void a_durable_push_consumer_goes_on_for_the_next_who_listens() throws Exception {
        publish(0, 3);
        PushSubscribeOptions options = PushSubscribeOptions.builder().durable("d").build();
        JetStreamSubscription first = stream.subscribe("a.>", options);
        assertThat(subjects(first, 3)).isEqualTo(expected(0, 3));
        assertThat(streams.getConsumerInfo("S", "d").isPushBound()).isTrue();
        assertThat(streams.getConsumerInfo("S", "d").getNumAckPending()).isEqualTo(3);
        assertThatThrownBy(() -> stream.subscribe("a.>", options))
                .hasMessageContaining("already bound");
        first.unsubscribe();
        await().untilAsserted(() ->
                assertThat(streams.getConsumerInfo("S", "d").isPushBound()).isFalse());

        publish(3, 5);
        JetStreamSubscription second = stream.subscribe("a.>", options);

        assertThat(subjects(second, 2)).isEqualTo(expected(3, 5));
    }

    @Test
    void a_dispatcher_gets_and_acknowledges_all() throws Exception {
        Queue<String> got = new ConcurrentLinkedQueue<>();
        Dispatcher dispatcher = nats.client.createDispatcher();
        stream.subscribe(
                "a.>",
                dispatcher,
                message -> got.add(message.getSubject()),
                true,
                PushSubscribeOptions.builder().durable("d").build());

        publish(0, 2500);

        await().until(() -> got.size() == 2500);
        assertThat(got).containsExactlyElementsOf(expected(0, 2500));
        await().untilAsserted(() ->
                assertThat(streams.getConsumerInfo("S", "d").getNumAckPending()).isZero());
    }

    @Test
    void the_members_of_a_queue_group_share() throws Exception {
        PushSubscribeOptions options =
                PushSubscribeOptions.builder().durable("d").deliverGroup("workers").build();
        JetStreamSubscription one = stream.subscribe("a.>", "workers", options);
        JetStreamSubscription other = stream.subscribe("a.>", "workers", options);

        publish(0, 100);

        List<String> got = new ArrayList<>(subjects(one, 50));
        got.addAll(subjects(other, 50));
        assertThat(got).containsExactlyInAnyOrderElementsOf(expected(0, 100));
    }

    @Test
    void an_ordered_consumer_gets_all_again_from_a_gap_on() throws Exception {
        publish(0, 20);
        JetStreamSubscription ordered =
                stream.subscribe("a.>", PushSubscribeOptions.builder().ordered(true).build());
        assertThat(subjects(ordered, 20)).isEqualTo(expected(0, 20));
        String consumer = streams.getConsumerNames("S").getFirst();
        String inbox =
                streams.getConsumerInfo("S", consumer)
                        .getConsumerConfiguration()
                        .getDeliverSubject();

        nats.client.publish(
                inbox, "$JS.ACK.S." + consumer + ".1.99.99.1700000000000000000.0", new byte[0]);
        publish(20, 30);

        assertThat(subjects(ordered, 10)).isEqualTo(expected(20, 30));
        assertThat(streams.getConsumerNames("S")).hasSize(2);
    }

    @Test
    void more_than_a_window_of_bytes_comes_to_an_ordered_consumer() throws Exception {
        byte[] payload = new byte[64 << 10];
        for (int i = 0; i < 120; i++) {
            nats.client.publish("a." + i, payload);
        }
        nats.client.flush(Jnats.PATIENCE);

        JetStreamSubscription ordered =
                stream.subscribe("a.>", PushSubscribeOptions.builder().ordered(true).build());

        assertThat(subjects(ordered, 120)).isEqualTo(expected(0, 120));
    }

    @Test
    void several_filters_hold_with_and_without_acknowledgements() throws Exception {
        publish(0, 10);
        for (AckPolicy policy : List.of(AckPolicy.None, AckPolicy.Explicit)) {
            JetStreamSubscription some =
                    stream.subscribe(
                            null,
                            PushSubscribeOptions.builder().stream("S")
                                    .configuration(
                                            ConsumerConfiguration.builder()
                                                    .ackPolicy(policy)
                                                    .filterSubjects("a.2", "a.5", "a.8")
                                                    .build())
                                    .build());

            List<Message> got = List.of(Jnats.next(some), Jnats.next(some), Jnats.next(some));

            assertThat(got).extracting(Message::getSubject).containsExactly("a.2", "a.5", "a.8");
            assertThat(got)
                    .extracting(message -> message.metaData().pendingCount())
                    .containsExactly(2L, 1L, 0L);
            some.unsubscribe();
        }
    }

    @Test
    void the_newest_of_each_subject_comes_once() throws Exception {
        publish(0, 4);
        publish(1, 3);
        JetStreamSubscription newest =
                stream.subscribe(
                        "a.>",
                        options(
                                ConsumerConfiguration.builder()
                                        .ackPolicy(AckPolicy.None)
                                        .deliverPolicy(DeliverPolicy.LastPerSubject)));

        List<String> got = subjects(newest, 4);
        publish(0, 1);

        assertThat(got).containsExactly("a.0", "a.3", "a.1", "a.2");
        assertThat(Jnats.next(newest).metaData().streamSequence()).isEqualTo(7);
    }

    @Test
    void headers_come_alone_where_that_is_asked() throws Exception {
        nats.client.publish("a.1", new Headers().add("Shop", "eu"), "12345".getBytes(UTF_8));
        nats.client.flush(Jnats.PATIENCE);
        JetStreamSubscription bare =
                stream.subscribe(
                        "a.>",
                        options(
                                ConsumerConfiguration.builder()
                                        .ackPolicy(AckPolicy.None)
                                        .headersOnly(true)));

        Message message = Jnats.next(bare);

        assertThat(message.getData()).isEmpty();
        assertThat(message.getHeaders().getFirst("Shop")).isEqualTo("eu");
        assertThat(message.getHeaders().getFirst("Nats-Msg-Size")).isEqualTo("5");
    }

    @Test
    void messages_come_at_the_pace_they_were_published_or_limited_to() throws Exception {
        publish(0, 1);
        await().pollDelay(Duration.ofMillis(700)).until(() -> true);
        publish(1, 2);
        assertThat(msForTwo(ConsumerConfiguration.builder().replayPolicy(ReplayPolicy.Original)))
                .isBetween(600L, 5000L);
        assertThat(msForTwo(ConsumerConfiguration.builder().rateLimit(1000)))
                .isBetween(300L, 5000L);
        assertThat(msForTwo(ConsumerConfiguration.builder())).isLessThan(300);
    }

    private long msForTwo(ConsumerConfiguration.Builder config) throws Exception {
        JetStreamSubscription both = stream.subscribe("a.>", options(config));
        Jnats.next(both);
        long first = System.nanoTime();
        Jnats.next(both);
        both.unsubscribe();
        return Duration.ofNanos(System.nanoTime() - first).toMillis();
    }

    @Test
    void a_consumer_that_nobody_listens_to_goes() throws Exception {
        JetStreamSubscription brief =
                stream.subscribe(
                        "a.>",
                        options(
                                ConsumerConfiguration.builder()
                                        .inactiveThreshold(Duration.ofMillis(300))));
        assertThat(streams.getConsumerNames("S")).hasSize(1);
        await().during(Duration.ofMillis(600))
                .until(() -> streams.getConsumerNames("S").size() == 1);

        brief.drain(Jnats.PATIENCE);

        await().untilAsserted(() -> assertThat(streams.getConsumerNames("S")).isEmpty());
    }

    @Test
    void what_makes_no_sense_is_refused() {
        assertRefused(10081, ConsumerConfiguration.builder().deliverSubject("a.1"));
        assertRefused(10079, ConsumerConfiguration.builder().deliverSubject("b.*"));
        assertRefused(
                10138,
                ConsumerConfiguration.builder().deliverSubject("b").filterSubjects("a.1", "a.>"));
    }

    private void assertRefused(int error, ConsumerConfiguration.Builder config) {
        assertThatThrownBy(() -> streams.addOrUpdateConsumer("S", config.build()))
                .isInstanceOfSatisfying(
                        JetStreamApiException.class,
                        refused -> assertThat(refused.getApiErrorCode()).isEqualTo(error));
    }
}
