package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.ConsumerContext;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.FetchConsumer;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.OrderedConsumerContext;
import io.nats.client.StreamContext;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Messages of a stream as NATS' own client asks for them.
@SuppressWarnings("try") // what closes may be interrupted, and fails the test then
class JnatsPullTest {
    private static final long PATIENCE_MS = 15_000;
    private static final long RESTING_MS = 6_000;

    @TempDir private Path folder;
    private RunningBroker broker;
    private Jnats nats;
    private JetStreamManagement streams;
    private StreamContext stream;

    @BeforeEach
    void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        connect();
        streams.addStream(
                StreamConfiguration.builder().name("S").subjects("a.>").allowDirect(true).build());
        stream = nats.client.getStreamContext("S");
    }

    private void connect() throws Exception {
        nats = Jnats.on(broker);
        streams = nats.client.jetStreamManagement();
    }

    @AfterEach
    void stopBroker() {
        nats.close();
        broker.close();
    }

    private void publish(String... subjects) throws Exception {
        for (String subject : subjects) {
            nats.client.jetStream().publish(subject, ("to " + subject).getBytes(UTF_8));
        }
    }

    private static ConsumerConfiguration.Builder durable(String name) {
        return ConsumerConfiguration.builder().durable(name).ackPolicy(AckPolicy.Explicit);
    }

    private static List<Message> fetch(ConsumerContext consumer, int most) throws Exception {
        List<Message> all = new ArrayList<>();
        try (FetchConsumer fetch =
                consumer.fetch(
                        FetchConsumeOptions.builder().maxMessages(most).expiresIn(1000).build())) {
            Message next = fetch.nextMessage();
            while (next != null) {
                all.add(next);
                next = fetch.nextMessage();
            }
        }
        return all;
    }

    @Test
    void what_is_fetched_and_acknowledged_does_not_come_again() throws Exception {
        publish("a.1", "a.2", "a.3");
        ConsumerContext consumer = stream.createOrUpdateConsumer(durable("c").build());
        assertThat(consumer.getCachedConsumerInfo().getNumPending()).isEqualTo(3);

        List<Message> first = fetch(consumer, 2);
        assertThat(first).extracting(Message::getSubject).containsExactly("a.1", "a.2");
        assertThat(new String(first.getFirst().getData(), UTF_8)).isEqualTo("to a.1");
        assertThat(first.getFirst().metaData().streamSequence()).isEqualTo(1);
        assertThat(first.getFirst().metaData().deliveredCount()).isEqualTo(1);
        assertThat(first.getFirst().metaData().pendingCount()).isEqualTo(2);
        for (Message message : first) {
            message.ackSync(Jnats.PATIENCE);
        }

        List<Message> rest = fetch(consumer, 5);
        assertThat(rest).extracting(Message::getSubject).containsExactly("a.3");
        ConsumerInfo info = consumer.getConsumerInfo();
        assertThat(info.getNumAckPending()).isEqualTo(1);
        assertThat(info.getNumPending()).isZero();
        assertThat(info.getAckFloor().getStreamSequence()).isEqualTo(2);
    }

    /// The broker keeps of it only what is stored, after a while.
    @Test
    void a_durable_consumer_that_nobody_used_for_long_goes_on() throws Exception {
        publish("a.1", "a.2");
        ConsumerContext consumer =
                stream.createOrUpdateConsumer(durable("c").filterSubject("a.*").build());
        fetch(consumer, 1).getFirst().ackSync(Jnats.PATIENCE);
        ConsumerContext other =
                stream.createOrUpdateConsumer(durable("other").filterSubject("none").build());

        assertThat(other.next(Duration.ofMillis(RESTING_MS))).isNull();
        publish("a.3");

        List<Message> rest = fetch(consumer, 5);
        assertThat(rest).extracting(Message::getSubject).containsExactly("a.2", "a.3");
        assertThat(rest.getFirst().metaData().consumerSequence()).isEqualTo(2);
        assertThat(rest.getFirst().metaData().deliveredCount()).isEqualTo(1);
        assertThat(stream.getConsumerNames()).containsExactly("c", "other");
    }

    @Test
    void what_is_given_back_or_forgotten_comes_again() throws Exception {
        publish("a.1", "a.2");
        ConsumerContext consumer =
                stream.createOrUpdateConsumer(durable("c").ackWait(Duration.ofMillis(600)).build());
        List<Message> first = fetch(consumer, 2);
        publish("a.3");
        first.getFirst().nak();

        List<Message> next = fetch(consumer, 2);
        next.forEach(Message::term);
        List<Message> forgotten = fetch(consumer, 1);

        assertThat(next).extracting(Message::getSubject).containsExactly("a.1", "a.3");
        assertThat(next)
                .extracting(message -> message.metaData().deliveredCount())
                .containsExactly(2L, 1L);
        assertThat(forgotten).extracting(Message::getSubject).containsExactly("a.2");
        assertThat(forgotten.getFirst().metaData().deliveredCount()).isEqualTo(2);
        forgotten.getFirst().ackSync(Jnats.PATIENCE);
        assertThat(fetch(consumer, 1)).isEmpty();
    }

    @Test
    void a_filter_and_a_limit_of_deliveries_hold() throws Exception {
        publish("a.1", "a.x.1", "a.2", "a.x.2");
        ConsumerContext consumer =
                stream.createOrUpdateConsumer(
                        durable("c").filterSubject("a.x.*").maxDeliver(1).build());
        assertThat(consumer.getCachedConsumerInfo().getNumPending()).isEqualTo(2);

        List<Message> all = fetch(consumer, 2);

        assertThat(all).extracting(Message::getSubject).containsExactly("a.x.1", "a.x.2");
        assertThat(all.getLast().metaData().pendingCount()).isZero();
        all.forEach(Message::nak);
        assertThat(fetch(consumer, 1)).isEmpty();
    }

    @Test
    void an_iterator_gets_what_comes_later() throws Exception {
        ConsumerContext consumer = stream.createOrUpdateConsumer(durable("c").build());
        try (IterableConsumer iterator = consumer.iterate()) {
            for (int i = 0; i < 200; i++) {
                nats.publish("a." + i, "x");
            }
            for (int i = 0; i < 200; i++) {
                Message next = iterator.nextMessage(PATIENCE_MS);
                assertThat(next.getSubject()).isEqualTo("a." + i);
                next.ack();
            }
        }
    }

    @Test
    void a_durable_consumer_goes_on_after_a_restart() throws Exception {
        publish("a.1", "a.2");
        ConsumerContext consumer = stream.createOrUpdateConsumer(durable("c").build());
        fetch(consumer, 1).getFirst().ackSync(Jnats.PATIENCE);
        nats.close();
        broker.close();
        broker = RunningBroker.on(folder.resolve("data"));
        connect();

        assertThat(streams.getConsumerNames("S")).containsExactly("c");
        ConsumerContext after = nats.client.getConsumerContext("S", "c");
        assertThat(fetch(after, 2)).extracting(Message::getSubject).containsExactly("a.2");
    }

    @Test
    void a_consumer_counts_on_after_restarts() throws Exception {
        publish("a.1", "a.2", "a.3", "a.4");
        ConsumerContext consumer = stream.createOrUpdateConsumer(durable("c").build());
        stream.createOrUpdateConsumer(durable("idle").build());
        long last = 0;
        for (int restarts = 0; restarts < 3; restarts++) {
            for (int i = 0; i < 30; i++) {
                Message again = fetch(consumer, 1).getFirst();
                assertThat(again.metaData().consumerSequence()).isGreaterThan(last);
                last = again.metaData().consumerSequence();
                again.nak();
                nats.client.flush(Jnats.PATIENCE);
            }
            fetch(consumer, 1).getFirst().ackSync(Jnats.PATIENCE);
            nats.close();
            broker.close();
            broker = RunningBroker.on(folder.resolve("data"));
            connect();
            consumer = nats.client.getConsumerContext("S", "c");
            var info = streams.getConsumerInfo("S", "c");
            assertThat(info.getDelivered().getConsumerSequence()).isBetween(last + 1, last + 100);
            assertThat(info.getAckFloor().getConsumerSequence()).isGreaterThan(last - 1);
        }
        var idle = streams.getConsumerInfo("S", "idle");
        assertThat(idle.getDelivered().getConsumerSequence()).isZero();
    }

    @Test
    void an_ordered_consumer_reads_all_in_order() throws Exception {
        publish("a.1", "a.x.1", "a.2", "a.3");
        OrderedConsumerContext ordered =
                stream.createOrderedConsumer(
                        new OrderedConsumerConfiguration().filterSubject("a.*"));

        List<String> subjects = new ArrayList<>();
        try (IterableConsumer iterator = ordered.iterate()) {
            for (int i = 0; i < 3; i++) {
                subjects.add(iterator.nextMessage(PATIENCE_MS).getSubject());
            }
        }
        assertThat(subjects).containsExactly("a.1", "a.2", "a.3");
    }

    @Test
    void a_consumer_is_changed_and_paused() throws Exception {
        publish("a.1", "a.2");
        stream.createOrUpdateConsumer(durable("c").build());
        ConsumerContext consumer =
                stream.createOrUpdateConsumer(durable("c").description("x").maxBatch(1).build());
        assertThat(streams.getConsumerInfo("S", "c").getConsumerConfiguration().getDescription())
                .isEqualTo("x");
        assertThat(fetch(consumer, 1)).hasSize(1);
        assertThat(fetch(consumer, 2)).isEmpty();

        ZonedDateTime later = ZonedDateTime.now(ZoneOffset.UTC).plusHours(1);
        assertThat(streams.pauseConsumer("S", "c", later).isPaused()).isTrue();
        assertThat(streams.getConsumerInfo("S", "c").getPaused()).isTrue();
        assertThat(fetch(consumer, 1)).isEmpty();
        assertThat(streams.resumeConsumer("S", "c")).isTrue();
        assertThat(fetch(consumer, 1)).extracting(Message::getSubject).containsExactly("a.2");

        assertThatThrownBy(() ->
                        stream.createOrUpdateConsumer(
                                durable("c").deliverPolicy(DeliverPolicy.New).build()))
                .hasMessageContaining("10012");
    }

    @Test
    void consumers_are_listed_and_deleted() throws Exception {
        stream.createOrUpdateConsumer(durable("c").build());
        stream.createOrUpdateConsumer(durable("d").build());

        assertThat(streams.getConsumers("S"))
                .extracting(ConsumerInfo::getName)
                .containsExactly("c", "d");
        assertThat(streams.deleteConsumer("S", "c")).isTrue();
        assertThat(streams.getConsumerNames("S")).containsExactly("d");
        assertThat(streams.getStreamInfo("S").getStreamState().getConsumerCount()).isEqualTo(1);
        assertThatThrownBy(() -> streams.getConsumerInfo("S", "c"))
                .isInstanceOfSatisfying(
                        JetStreamApiException.class,
                        refused -> assertThat(refused.getApiErrorCode()).isEqualTo(10014));
    }

    @Test
    void messages_are_got_by_sequence_and_by_subject() throws Exception {
        publish("a.1", "a.2", "a.1");

        MessageInfo second = streams.getMessage("S", 2);
        assertThat(second.getSubject()).isEqualTo("a.2");
        assertThat(new String(second.getData(), UTF_8)).isEqualTo("to a.2");
        assertThat(streams.getLastMessage("S", "a.1").getSeq()).isEqualTo(3);
        assertThat(streams.getFirstMessage("S", "a.1").getSeq()).isEqualTo(1);
        assertThat(stream.getLastMessage("a.*").getSeq()).isEqualTo(3);
        assertThatThrownBy(() -> streams.getMessage("S", 9))
                .isInstanceOfSatisfying(
                        JetStreamApiException.class,
                        refused -> assertThat(refused.getApiErrorCode()).isEqualTo(10037));
    }
}
