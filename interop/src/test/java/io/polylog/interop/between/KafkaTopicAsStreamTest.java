package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.ConsumerContext;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.FetchConsumer;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.nats.Jnats;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Topics of Kafka as NATS' own client sees them: streams to read, one for each partition.
@SuppressWarnings("try") // what closes may be interrupted, and fails the test then
class KafkaTopicAsStreamTest {
    private static final long PATIENCE_MS = 15_000;

    @TempDir private Path folder;
    private RunningBroker broker;
    private Kafka kafka;
    private Jnats nats;
    private JetStreamManagement streams;

    @BeforeEach
    void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        kafka = new Kafka(broker, "lz4");
        connect();
    }

    private void connect() throws Exception {
        nats = Jnats.on(broker);
        streams = nats.client.jetStreamManagement();
    }

    @AfterEach
    void stopBroker() {
        nats.close();
        kafka.close();
        broker.close();
    }

    /// A topic of one partition with so many records, in batches.
    private void topic(String name, int records) throws Exception {
        kafka.topic(name, 1);
        kafka.sendTexts(name, texts(1, records).toArray(String[]::new));
    }

    private static List<String> texts(int first, int last) {
        return IntStream.rangeClosed(first, last).mapToObj(each -> "r" + each).toList();
    }

    private static String text(Message message) {
        return new String(message.getData(), UTF_8);
    }

    @Test
    void a_topic_is_listed_and_tells_what_it_holds() throws Exception {
        topic("orders", 5);

        assertThat(streams.getStreamNames()).contains("orders");
        assertThat(streams.getStreams())
                .extracting(each -> each.getConfiguration().getName())
                .contains("orders");
        StreamInfo info = streams.getStreamInfo("orders");
        assertThat(info.getConfiguration().getSubjects()).containsExactly("orders");
        assertThat(info.getStreamState().getMsgCount()).isEqualTo(5);
        assertThat(info.getStreamState().getFirstSequence()).isEqualTo(1);
        assertThat(info.getStreamState().getLastSequence()).isEqualTo(5);
    }

    @Test
    void a_single_record_of_a_batch_is_got() throws Exception {
        kafka.topic("orders", 1);
        List<ProducerRecord<byte[], byte[]>> batch = new ArrayList<>();
        for (String each : texts(1, 9)) {
            batch.add(
                    new ProducerRecord<>(
                            "orders", ("k-" + each).getBytes(UTF_8), each.getBytes(UTF_8)));
        }
        kafka.send(batch);

        MessageInfo fourth = streams.getMessage("orders", 4);
        assertThat(fourth.getData()).asString(UTF_8).isEqualTo("r4");
        assertThat(fourth.getSubject()).isEqualTo("orders");
        assertThat(fourth.getSeq()).isEqualTo(4);
        assertThat(fourth.getHeaders().getFirst("Key")).isEqualTo("k-r4");
        assertThat(streams.getLastMessage("orders", "orders").getSeq()).isEqualTo(9);
        assertThat(streams.getNextMessage("orders", 3, "orders").getSeq()).isEqualTo(3);
        Message direct =
                nats.client.request(
                        "$JS.API.DIRECT.GET.orders", "{\"seq\":7}".getBytes(UTF_8), Jnats.PATIENCE);
        assertThat(text(direct)).isEqualTo("r7");
        assertThat(direct.getHeaders().getFirst("Nats-Sequence")).isEqualTo("7");
    }

    @Test
    void an_ordered_consumer_reads_it_from_where_it_wants() throws Exception {
        topic("orders", 300);
        OrderedConsumerConfiguration from =
                new OrderedConsumerConfiguration()
                        .deliverPolicy(DeliverPolicy.ByStartSequence)
                        .startSequence(100);

        List<String> read = new ArrayList<>();
        long left = -1;
        try (IterableConsumer all =
                nats.client.getStreamContext("orders").createOrderedConsumer(from).iterate()) {
            while (left != 0) {
                Message message = all.nextMessage(PATIENCE_MS);
                assertThat(message.metaData().streamSequence()).isEqualTo(100 + read.size());
                read.add(text(message));
                left = message.metaData().pendingCount();
            }
        }
        assertThat(read).isEqualTo(texts(100, 300));
    }

    @Test
    void what_a_durable_consumer_has_done_is_kept_over_a_restart() throws Exception {
        topic("orders.eu", 10);
        assertThat(texts(1, 4)).isEqualTo(fetched("orders_x2Eeu", 4));

        nats.close();
        kafka.close();
        broker.close();
        broker = RunningBroker.on(folder.resolve("data"));
        kafka = new Kafka(broker);
        connect();

        assertThat(streams.getConsumerNames("orders_x2Eeu")).containsExactly("billing");
        assertThat(texts(5, 10)).isEqualTo(fetched("orders_x2Eeu", 6));
        assertThat(streams.getConsumerInfo("orders_x2Eeu", "billing").getNumPending()).isZero();
        assertThat(streams.deleteConsumer("orders_x2Eeu", "billing")).isTrue();
        assertThat(streams.getConsumerNames("orders_x2Eeu")).isEmpty();
    }

    /// Fetches and acknowledges by a durable consumer.
    private List<String> fetched(String stream, int count) throws Exception {
        ConsumerContext consumer =
                nats.client
                        .getStreamContext(stream)
                        .createOrUpdateConsumer(
                                ConsumerConfiguration.builder()
                                        .durable("billing")
                                        .ackPolicy(AckPolicy.Explicit)
                                        .build());
        List<String> got = new ArrayList<>();
        FetchConsumeOptions most =
                FetchConsumeOptions.builder().maxMessages(count).expiresIn(PATIENCE_MS).build();
        try (FetchConsumer fetch = consumer.fetch(most)) {
            for (Message next = fetch.nextMessage(); next != null; next = fetch.nextMessage()) {
                got.add(text(next));
                next.ackSync(Jnats.PATIENCE);
            }
        }
        return got;
    }

    @Test
    void a_stream_is_found_by_its_subject_and_pushes_what_comes() throws Exception {
        topic("orders.eu", 2);

        JetStreamSubscription pushed =
                nats.client
                        .jetStream()
                        .subscribe("orders.eu", PushSubscribeOptions.builder().build());
        kafka.sendTexts("orders.eu", "r3");

        for (String each : texts(1, 3)) {
            Message next = Jnats.next(pushed);
            assertThat(text(next)).isEqualTo(each);
            assertThat(next.getSubject()).isEqualTo("orders.eu");
            next.ack();
        }
    }

    @Test
    void each_partition_is_a_stream() throws Exception {
        kafka.topic("T", 3);
        for (int partition = 0; partition < 3; partition++) {
            for (int i = 0; i <= partition; i++) {
                kafka.send(
                        new ProducerRecord<>(
                                "T", partition, null, ("p" + partition).getBytes(UTF_8)));
            }
        }

        assertThat(streams.getStreamNames()).contains("T-0", "T-1", "T-2").doesNotContain("T");
        for (int partition = 0; partition < 3; partition++) {
            String stream = "T-" + partition;
            assertThat(streams.getStreamInfo(stream).getStreamState().getMsgCount())
                    .isEqualTo(partition + 1);
            assertThat(fetched(stream, partition + 1))
                    .hasSize(partition + 1)
                    .containsOnly("p" + partition);
        }
        PublishAck told = nats.client.jetStream().publish("T", "more".getBytes(UTF_8));
        assertThat(told.getStream()).matches("T-[012]");
        MessageInfo more = streams.getMessage(told.getStream(), told.getSeqno());
        assertThat(more.getData()).asString(UTF_8).isEqualTo("more");
    }

    @Test
    void what_is_published_on_its_subject_is_acknowledged_and_read_by_kafka() throws Exception {
        topic("orders", 2);

        PublishAck told = nats.client.jetStream().publish("orders", "r3".getBytes(UTF_8));

        assertThat(told.getStream()).isEqualTo("orders");
        assertThat(told.getSeqno()).isEqualTo(3);
        assertThat(kafka.readTexts("orders")).isEqualTo(texts(1, 3));
    }

    @Test
    void it_is_not_changed_or_emptied_by_nats() throws Exception {
        topic("orders", 2);

        refused(
                10058,
                () -> streams.addStream(StreamConfiguration.builder().name("orders").build()));
        refused(
                10052,
                () ->
                        streams.updateStream(
                                StreamConfiguration.builder()
                                        .name("orders")
                                        .subjects("x")
                                        .build()));
        refused(10050, () -> streams.deleteStream("orders"));
        refused(10110, () -> streams.purgeStream("orders"));
        refused(10057, () -> streams.deleteMessage("orders", 1));
        assertThat(kafka.readTexts("orders")).isEqualTo(texts(1, 2));
    }

    private static void refused(int number, ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        JetStreamApiException.class,
                        refused -> assertThat(refused.getApiErrorCode()).isEqualTo(number));
    }

    @Test
    void a_stream_may_keep_what_a_topic_keeps_too() throws Exception {
        topic("orders.eu", 0);
        streams.addStream(
                StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build());

        kafka.sendTexts("orders.eu", "r1");

        assertThat(streams.getMessage("ORDERS", 1).getData()).asString(UTF_8).isEqualTo("r1");
        assertThat(streams.getMessage("ORDERS", 1).getSubject()).isEqualTo("orders.eu");
        assertThat(streams.getStreamNames("orders.eu")).containsExactly("ORDERS");
    }

    @Test
    void kafka_changes_its_configuration_and_leaves_the_consumers() throws Exception {
        topic("orders", 3);
        fetched("orders", 1);

        ConfigResource orders = new ConfigResource(ConfigResource.Type.TOPIC, "orders");
        AlterConfigOp longer =
                new AlterConfigOp(
                        new ConfigEntry("retention.ms", "86400000"), AlterConfigOp.OpType.SET);
        try (Admin admin = Admin.create(broker.kafka())) {
            admin.incrementalAlterConfigs(Map.of(orders, List.of(longer))).all().get();
        }

        assertThat(streams.getStreamInfo("orders").getConfiguration().getMaxAge()).hasDays(1);
        assertThat(fetched("orders", 2)).isEqualTo(texts(2, 3));
    }

    @Test
    void of_a_compacted_topic_the_rest_is_counted() throws Exception {
        try (Admin admin = Admin.create(broker.kafka())) {
            NewTopic compacted =
                    new NewTopic("prices", 1, (short) 1)
                            .configs(Map.of("cleanup.policy", "compact"));
            admin.createTopics(List.of(compacted)).all().get();
        }
        for (String each : texts(1, 3)) {
            kafka.send(new ProducerRecord<>("prices", "k".getBytes(UTF_8), each.getBytes(UTF_8)));
        }

        assertThat(streams.getStreamNames()).contains("prices");
        assertThat(fetched("prices", 3)).isEqualTo(texts(1, 3));
        assertThat(streams.getConsumerInfo("prices", "billing").getNumPending()).isZero();
    }
}
