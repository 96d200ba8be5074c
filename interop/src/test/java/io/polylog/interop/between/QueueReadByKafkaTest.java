package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Collector;
import io.polylog.interop.amqp.Collector.Got;
import io.polylog.interop.amqp.Rabbit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An AMQP queue `q`, read and written by Kafka's client as topic `q`.
class QueueReadByKafkaTest {
    @TempDir private Path folder;
    private RunningBroker broker;
    private Rabbit rabbit;
    private Channel channel;
    private Kafka kafka;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        rabbit = Rabbit.on(broker);
        channel = rabbit.channel;
        kafka = new Kafka(broker);
        rabbit.queue("q");
    }

    @AfterEach
    void stop() throws Exception {
        kafka.close();
        rabbit.close();
        broker.close();
    }

    @Test
    void it_is_read_from_its_oldest_message_and_reading_takes_nothing_away() throws Exception {
        rabbit.store("q", Rabbit.texts("m", 50));

        assertThat(kafka.readTexts("q")).containsExactly(Rabbit.texts("m", 50));
        assertThat(kafka.readTexts("q")).hasSize(50);
        assertThat(rabbit.drain("q")).containsExactly(Rabbit.texts("m", 50));
    }

    @Test
    void settled_offsets_are_left_out_and_the_log_starts_at_the_oldest_kept() throws Exception {
        rabbit.store("q", Rabbit.texts("m", 10));
        List<Got> got = Collector.of(channel, "q").await(10);
        for (int settled : List.of(0, 1, 2, 5, 8)) {
            channel.basicAck(got.get(settled).tag(), false);
        }
        await().atMost(Rabbit.PATIENCE).until(() -> kafka.beginning("q") == 3);

        await().atMost(Rabbit.PATIENCE).until(() -> kafka.readAll("q").size() == 5);
        assertThat(kafka.readAll("q"))
                .extracting(ConsumerRecord::offset)
                .containsExactly(3L, 4L, 6L, 7L, 9L);
        assertThat(kafka.readTexts("q")).containsExactly("m3", "m4", "m6", "m7", "m9");
    }

    @Test
    void a_group_follows_it_and_its_commits_settle_nothing() throws Exception {
        rabbit.store("q", "a", "b");
        Map<String, Object> group = Map.of("group.id", "audit");
        try (var member = kafka.consumer(group)) {
            member.subscribe(List.of("q"));
            List<String> read = new ArrayList<>();
            await().atMost(Rabbit.PATIENCE)
                    .until(() -> {
                        member.poll(Duration.ofMillis(100))
                                .forEach(record -> read.add(new String(record.value(), UTF_8)));
                        return read.size() == 2;
                    });
            member.commitSync();
            rabbit.store("q", "c"); // a long poll is woken by it
            await().atMost(Rabbit.PATIENCE)
                    .until(() -> {
                        member.poll(Duration.ofMillis(100))
                                .forEach(record -> read.add(new String(record.value(), UTF_8)));
                        return read.size() == 3;
                    });
            assertThat(read).containsExactly("a", "b", "c");
        }
        assertThat(rabbit.drain("q")).containsExactly("a", "b", "c");
    }

    @Test
    void kafka_produces_into_it() throws Exception {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            records.add(
                    new ProducerRecord<>("q", "key".getBytes(UTF_8), ("m" + i).getBytes(UTF_8)));
        }
        kafka.send(records);
        try (Kafka compressing = new Kafka(broker, "zstd")) {
            compressing.sendTexts("q", "x", "y");
        }
        rabbit.store("q", "z");

        Collector consumer = Collector.of(channel, "q");
        consumer.await(203);
        assertThat(consumer.texts().subList(0, 200)).containsExactly(Rabbit.texts("m", 200));
        assertThat(consumer.texts().subList(200, 203)).containsExactly("x", "y", "z");
        assertThat(consumer.at(0).properties().getHeaders().get("x-key")).hasToString("key");
        assertThat(consumer.at(0).envelope().getRoutingKey()).isEqualTo("q");
        assertThat(kafka.readTexts("q")).hasSize(203);
    }

    @Test
    void what_amqp_alone_may_see_kafka_does_not() throws Exception {
        String own = channel.queueDeclare().getQueue();
        channel.queueDeclare("passing", false, false, true, null);
        try (Admin admin = Admin.create(broker.kafka())) {
            assertThat(admin.listTopics().names().get())
                    .contains("q")
                    .doesNotContain(own, "passing");
        }
    }

    @Test
    void the_queue_is_there_after_a_restart_for_both() throws Exception {
        rabbit.store("q", "a", "b");
        assertThat(channel.basicGet("q", true)).isNotNull();
        kafka.close();
        broker.restart();
        rabbit = Rabbit.on(broker);
        kafka = new Kafka(broker);

        assertThat(kafka.beginning("q")).isEqualTo(1);
        assertThat(kafka.readTexts("q")).containsExactly("b");
        assertThat(rabbit.drain("q")).containsExactly("b");
    }

    @Test
    void a_time_is_found_in_it() throws Exception {
        rabbit.store("q", "a", "b");
        TopicPartition partition = new TopicPartition("q", 0);
        try (var consumer = kafka.consumer(Map.of())) {
            var found = consumer.offsetsForTimes(Map.of(partition, 0L)).get(partition);
            assertThat(found.offset()).isZero();
            long later = found.timestamp() + Duration.ofDays(1).toMillis();
            assertThat(consumer.offsetsForTimes(Map.of(partition, later)).get(partition)).isNull();
        }
    }
}
