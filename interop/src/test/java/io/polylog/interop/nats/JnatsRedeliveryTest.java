package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.Subscription;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.StreamConfiguration;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of messages that are acknowledged late or never.
class JnatsRedeliveryTest {
    private static final Duration WAIT = Duration.ofMillis(400);

    @TempDir private Path folder;
    private RunningBroker broker;
    private Jnats nats;

    @BeforeEach
    void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        connect();
        streams().addStream(StreamConfiguration.builder().name("S").subjects("s.*").build());
    }

    private void connect() throws Exception {
        nats = Jnats.on(broker);
    }

    @AfterEach
    void stopBroker() {
        nats.close();
        broker.close();
    }

    private JetStreamManagement streams() throws Exception {
        return nats.client.jetStreamManagement();
    }

    private void publish(String... subjects) throws Exception {
        for (String subject : subjects) {
            nats.client.jetStream().publish(subject, subject.getBytes(UTF_8));
        }
    }

    private JetStreamSubscription consumer(ConsumerConfiguration.Builder config) throws Exception {
        streams().addOrUpdateConsumer("S", config.durable("c").build());
        return nats.client.jetStream().subscribe(null, PullSubscribeOptions.bind("S", "c"));
    }

    private static ConsumerConfiguration.Builder explicit() {
        return ConsumerConfiguration.builder().ackPolicy(AckPolicy.Explicit).ackWait(WAIT);
    }

    private ConsumerInfo info() throws Exception {
        return streams().getConsumerInfo("S", "c");
    }

    @Test
    void an_acknowledgement_counts_until_the_message_goes_to_somebody_else() throws Exception {
        JetStreamSubscription consumer = consumer(explicit());
        publish("s.a", "s.b");
        List<Message> first = consumer.fetch(2, Jnats.PATIENCE);
        long fetched = System.nanoTime();
        await().until(() -> System.nanoTime() - fetched > WAIT.multipliedBy(2).toNanos());
        assertThat(info().getNumAckPending()).isEqualTo(2);
        first.getFirst().ackSync(Jnats.PATIENCE);
        assertThat(info().getNumAckPending()).isEqualTo(1);

        List<Message> again = consumer.fetch(1, Jnats.PATIENCE);
        assertThat(again).hasSize(1);
        assertThat(Jnats.text(again.getFirst())).isEqualTo("s.b");
        assertThat(again.getFirst().metaData().deliveredCount()).isEqualTo(2);
        again.getFirst().ackSync(Jnats.PATIENCE);
        assertThat(info().getNumAckPending()).isZero();
    }

    @Test
    void what_was_delivered_too_often_goes_to_the_dead_letters() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setPort(broker.port("amqp"));
        try (var amqp = factory.newConnection();
                Channel channel = amqp.createChannel()) {
            channel.queueDeclare("letters", true, false, false, Map.of());
            JetStreamSubscription consumer =
                    consumer(
                            explicit()
                                    .maxDeliver(2)
                                    .metadata(Map.of("x-dead-letter-routing-key", "letters")));
            Subscription told = nats.subscribe("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.c");
            publish("s.a");
            consumer.fetch(1, Jnats.PATIENCE).getFirst().nak();
            assertThat(consumer.fetch(1, Jnats.PATIENCE)).hasSize(1);

            assertThat(Jnats.text(Jnats.next(told))).contains("\"stream_seq\":1,\"deliveries\":2");
            await().until(() -> channel.messageCount("letters") == 1);
            GetResponse letter = channel.basicGet("letters", true);
            assertThat(letter.getBody()).isEqualTo("s.a".getBytes(UTF_8));
            assertThat(letter.getProps().getHeaders().get("x-first-death-queue"))
                    .hasToString("S::c");
            assertThat(info().getNumAckPending()).isZero();
            assertThat(streams().getStreamInfo("S").getStreamState().getMsgCount()).isEqualTo(1);
        }
    }

    @Test
    void who_listens_hears_how_long_acknowledgements_took() throws Exception {
        JetStreamSubscription consumer = consumer(explicit().sampleFrequency("50%"));
        Subscription told = nats.subscribe("$JS.EVENT.METRIC.CONSUMER.ACK.S.c");
        publish("s.a", "s.b", "s.c", "s.d");
        for (Message message : consumer.fetch(4, Jnats.PATIENCE)) {
            message.ackSync(Jnats.PATIENCE);
        }
        assertThat(Jnats.text(Jnats.next(told)))
                .contains("io.nats.jetstream.metric.v1.consumer_ack", "\"stream_seq\":2")
                .contains("\"ack_time\":", "\"deliveries\":1", "\"consumer_seq\":2");
        assertThat(Jnats.text(Jnats.next(told))).contains("\"stream_seq\":4");
        assertThatThrownBy(() -> consumer(explicit().sampleFrequency("often")))
                .isInstanceOfSatisfying(
                        JetStreamApiException.class,
                        refused -> assertThat(refused.getApiErrorCode()).isEqualTo(10095));
    }

    @Test
    void a_consumer_wants_other_subjects_from_then_on() throws Exception {
        publish("s.a", "s.b", "s.a", "s.c");
        JetStreamSubscription consumer =
                consumer(explicit().ackWait(Jnats.PATIENCE).filterSubject("s.a"));
        Message first = consumer.fetch(1, Jnats.PATIENCE).getFirst();
        assertThat(info().getNumPending()).isEqualTo(1);

        consumer(explicit().ackWait(Jnats.PATIENCE).filterSubjects("s.b", "s.c"));
        assertThat(info().getNumPending()).isEqualTo(2);
        assertThat(info().getNumAckPending()).isEqualTo(1);
        first.ackSync(Jnats.PATIENCE);
        Message second = consumer.fetch(1, Jnats.PATIENCE).getFirst();
        assertThat(Jnats.text(second)).isEqualTo("s.b");
        second.ackSync(Jnats.PATIENCE);

        nats.close();
        broker.restart();
        connect();
        publish("s.a", "s.b");
        JetStreamSubscription after =
                nats.client.jetStream().subscribe(null, PullSubscribeOptions.bind("S", "c"));
        assertThat(after.fetch(2, Jnats.PATIENCE).stream().map(Jnats::text))
                .containsExactly("s.c", "s.b");
        assertThat(info().getNumAckPending()).isEqualTo(2);
        assertThat(info().getNumPending()).isZero();
    }

    @Test
    void the_last_of_each_subject_are_acknowledged_across_a_restart() throws Exception {
        publish("s.a", "s.b", "s.a", "s.c", "s.b", "s.a");
        JetStreamSubscription consumer =
                consumer(
                        explicit()
                                .deliverPolicy(DeliverPolicy.LastPerSubject)
                                .filterSubject("s.*"));
        assertThat(info().getNumPending()).isEqualTo(3);
        Message first = consumer.fetch(1, Jnats.PATIENCE).getFirst();
        assertThat(Jnats.text(first)).isEqualTo("s.c");
        first.ackSync(Jnats.PATIENCE);
        publish("s.c");

        nats.close();
        broker.restart();
        connect();
        assertThat(info().getNumPending()).isEqualTo(3);
        JetStreamSubscription after =
                nats.client.jetStream().subscribe(null, PullSubscribeOptions.bind("S", "c"));
        List<Message> rest = after.fetch(3, Jnats.PATIENCE);
        assertThat(rest.stream().map(message -> message.metaData().streamSequence()))
                .containsExactly(5L, 6L, 7L);
        for (Message message : rest) {
            message.ackSync(Jnats.PATIENCE);
        }
        assertThat(info().getNumAckPending()).isZero();
        assertThat(info().getNumPending()).isZero();
    }
}
