package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StreamConfiguration;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Streams whose consumers say how long a message stays, as NATS' own client uses them.
class JnatsRetentionTest {
    private static final Duration PATIENCE = Jnats.PATIENCE;

    @TempDir private Path folder;
    private RunningBroker broker;
    private Jnats nats;
    private JetStreamManagement streams;

    @BeforeEach
    void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        connect();
    }

    private void connect() throws Exception {
        nats = Jnats.on(broker);
        streams = nats.client.jetStreamManagement();
    }

    private void restart() throws Exception {
        nats.close();
        broker.restart();
        connect();
    }

    @AfterEach
    void stopBroker() {
        nats.close();
        broker.close();
    }

    private static StreamConfiguration.Builder config(RetentionPolicy retention) {
        return StreamConfiguration.builder().name("S").subjects("a.*").retentionPolicy(retention);
    }

    private static ConsumerConfiguration.Builder consumer(String name) {
        return ConsumerConfiguration.builder().durable(name).ackPolicy(AckPolicy.Explicit);
    }

    private void consumer(String name, String filter) throws Exception {
        streams.addOrUpdateConsumer("S", consumer(name).filterSubject(filter).build());
    }

    private long publish(String subject, String text) throws Exception {
        return nats.client.jetStream().publish(subject, text.getBytes(UTF_8)).getSeqno();
    }

    private Message next(String consumer) throws Exception {
        Message message = nats.client.getStreamContext("S").getConsumerContext(consumer).next();
        assertThat(message).isNotNull();
        return message;
    }

    private long messages() throws Exception {
        return streams.getStreamInfo("S").getStreamState().getMsgCount();
    }

    private static void assertRefused(int number, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        JetStreamApiException.class,
                        refused -> assertThat(refused.getApiErrorCode()).isEqualTo(number));
    }

    @Test
    void of_interest_is_what_a_consumer_wants() throws Exception {
        streams.addStream(config(RetentionPolicy.Interest).build());
        assertThat(publish("a.x", "nobody's")).isEqualTo(1);
        assertThat(messages()).isZero();
        consumer("all", "a.*");
        consumer("some", "a.y");
        assertThat(publish("a.x", "one")).isEqualTo(2);
        publish("a.y", "two");
        next("all").ackSync(PATIENCE);
        assertThat(messages()).isEqualTo(1);
        next("all").ackSync(PATIENCE);
        assertThat(messages()).isEqualTo(1);

        restart();
        publish("a.y", "three");
        next("some").ackSync(PATIENCE);
        assertThat(messages()).isEqualTo(1);
        streams.deleteConsumer("S", "all");
        assertThat(messages()).isEqualTo(1);
        streams.deleteConsumer("S", "some");
        assertThat(messages()).isZero();
        assertThat(streams.getStreamInfo("S").getStreamState().getLastSequence()).isEqualTo(4);
    }

    @Test
    void who_acknowledges_nothing_is_interested_too() throws Exception {
        streams.addStream(config(RetentionPolicy.Interest).build());
        PushSubscribeOptions none =
                PushSubscribeOptions.builder()
                        .configuration(
                                ConsumerConfiguration.builder().ackPolicy(AckPolicy.None).build())
                        .build();
        JetStreamSubscription heard = nats.client.jetStream().subscribe("a.*", none);
        publish("a.x", "one");
        assertThat(Jnats.text(Jnats.next(heard))).isEqualTo("one");
        await().atMost(PATIENCE).until(() -> messages() == 0);
    }

    @Test
    void a_stream_becomes_one_of_interest_and_back() throws Exception {
        streams.addStream(config(RetentionPolicy.Limits).allowDirect(true).build());
        publish("a.x", "one");
        consumer("some", "a.y");
        publish("a.y", "two");
        streams.updateStream(config(RetentionPolicy.Interest).allowDirect(true).build());
        assertThat(messages()).isEqualTo(1);
        assertRefused(
                10052,
                () ->
                        streams.updateStream(
                                config(RetentionPolicy.WorkQueue).allowDirect(true).build()));
        streams.updateStream(config(RetentionPolicy.Limits).allowDirect(true).build());
        next("some").ackSync(PATIENCE);
        assertThat(messages()).isEqualTo(1);
    }

    @Test
    void work_goes_when_it_is_done() throws Exception {
        streams.addStream(config(RetentionPolicy.WorkQueue).build());
        publish("a.x", "one");
        publish("a.y", "two");
        publish("a.x", "three");
        consumer("x", "a.x");
        consumer("y", "a.y");
        next("x").ackSync(PATIENCE);
        assertThat(messages()).isEqualTo(2);
        next("y").term();
        await().atMost(PATIENCE).until(() -> messages() == 1);

        restart();
        streams.deleteConsumer("S", "x");
        assertThat(messages()).isEqualTo(1);
        consumer("again", "a.x");
        Message left = next("again");
        assertThat(Jnats.text(left)).isEqualTo("three");
        left.ackSync(PATIENCE);
        assertThat(messages()).isZero();
    }

    @Test
    void work_that_was_given_up_on_stays() throws Exception {
        streams.addStream(config(RetentionPolicy.WorkQueue).build());
        streams.addOrUpdateConsumer("S", consumer("w").maxDeliver(2).build());
        publish("a.x", "one");
        next("w").nak();
        next("w").nak();
        assertThat(
                        nats.client
                                .getStreamContext("S")
                                .getConsumerContext("w")
                                .next(Duration.ofSeconds(1)))
                .isNull();
        assertThat(messages()).isEqualTo(1);
    }

    @Test
    void who_works_has_his_own_part_and_acknowledges() throws Exception {
        streams.addStream(config(RetentionPolicy.WorkQueue).build());
        assertRefused(
                10084,
                () -> streams.createConsumer("S", consumer("w").ackPolicy(AckPolicy.None).build()));
        assertRefused(
                10098,
                () -> streams.createConsumer("S", consumer("w").ackPolicy(AckPolicy.All).build()));
        assertRefused(
                10101,
                () ->
                        streams.createConsumer(
                                "S", consumer("w").deliverPolicy(DeliverPolicy.New).build()));
        consumer("w", "a.x");
        assertRefused(10099, () -> streams.createConsumer("S", consumer("v").build()));
        assertRefused(10100, () -> consumer("v", "a.*"));
        consumer("w", "a.x");
        consumer("v", "a.y");
    }

    @Test
    void what_is_purged_or_deleted_is_owed_to_nobody() throws Exception {
        streams.addStream(config(RetentionPolicy.Interest).build());
        consumer("all", "a.*");
        publish("a.x", "one");
        publish("a.x", "two");
        publish("a.x", "three");
        streams.deleteMessage("S", 1);
        assertThat(Jnats.text(next("all"))).isEqualTo("two");
        streams.purgeStream("S");
        publish("a.x", "four");
        Message four = next("all");
        assertThat(Jnats.text(four)).isEqualTo("four");
        four.ackSync(PATIENCE);
        assertThat(messages()).isZero();
        assertThat(streams.getConsumerInfo("S", "all").getNumPending()).isZero();
    }
}
