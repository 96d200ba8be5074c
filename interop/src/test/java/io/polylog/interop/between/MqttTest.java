package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.rabbitmq.client.AMQP.BasicProperties;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Collector;
import io.polylog.interop.amqp.Rabbit;
import io.polylog.interop.mqtt.HiveMqClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// MQTT's clients among RabbitMQ's and Kafka's: one subject space.
class MqttTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Rabbit rabbit;
    private Kafka kafka;
    private HiveMqClient mqtt;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void connect() throws Exception {
        rabbit = Rabbit.on(broker);
        kafka = new Kafka(broker);
        mqtt = HiveMqClient.on(broker, "mqtt");
    }

    @AfterEach
    void disconnect() throws Exception {
        mqtt.close();
        kafka.close();
        rabbit.close();
    }

    @ParameterizedTest
    @EnumSource(MqttQos.class)
    void what_rabbitmq_publishes_on_the_subject_space_reaches_mqtt(MqttQos qos) throws Exception {
        mqtt.subscribe("orders/+/new", qos);
        BasicProperties properties =
                new BasicProperties.Builder()
                        .contentType("text/plain")
                        .correlationId("c-17")
                        .messageId("m-17")
                        .headers(Map.of("shop", "eu"))
                        .build();
        rabbit.channel.basicPublish("amq.topic", "orders.eu.new", properties, "a".getBytes(UTF_8));

        Mqtt5Publish came = mqtt.next();

        assertThat(came.getTopic()).hasToString("orders/eu/new");
        assertThat(came.getQos()).isEqualTo(qos);
        assertThat(HiveMqClient.text(came)).isEqualTo("a");
        assertThat(came.getContentType().orElseThrow()).hasToString("text/plain");
        assertThat(UTF_8.decode(came.getCorrelationData().orElseThrow()).toString())
                .isEqualTo("c-17");
        assertThat(HiveMqClient.userProperties(came)).contains("message-id=m-17", "shop=eu");
    }

    @ParameterizedTest
    @EnumSource(MqttQos.class)
    void what_mqtt_publishes_reaches_rabbitmq_and_kafka(MqttQos qos) throws Exception {
        String queue = rabbit.channel.queueDeclare().getQueue();
        rabbit.channel.queueBind(queue, "amq.topic", "sensors.#");
        Collector collector = Collector.of(rabbit.channel, queue);
        String topic = "sensors.t" + qos.getCode();
        kafka.topic(topic, 1);
        mqtt.client
                .publishWith()
                .topic("sensors/t" + qos.getCode())
                .qos(qos)
                .payload("21".getBytes(UTF_8))
                .userProperties()
                .add("unit", "C")
                .applyUserProperties()
                .send();

        Collector.Got got = collector.await(1).getFirst();
        assertThat(got.text()).isEqualTo("21");
        assertThat(got.envelope().getRoutingKey()).isEqualTo(topic);
        assertThat(got.properties().getHeaders().get("unit")).hasToString("C");
        assertThat(kafka.readTexts(topic)).containsExactly("21");
        kafka.delete(topic);
    }

    @Test
    void what_kafka_produces_reaches_mqtt() throws Exception {
        kafka.topic("stock", 1);
        mqtt.subscribe("stock", MqttQos.AT_MOST_ONCE);
        kafka.send(
                List.of(
                        new ProducerRecord<>(
                                "stock",
                                null,
                                "k".getBytes(UTF_8),
                                "7".getBytes(UTF_8),
                                List.of(new RecordHeader("shop", "eu".getBytes(UTF_8))))));

        Mqtt5Publish came = mqtt.next();

        assertThat(HiveMqClient.text(came)).isEqualTo("7");
        assertThat(HiveMqClient.userProperties(came)).contains("key=k", "shop=eu");
        kafka.delete("stock");
    }

    @Test
    void mqtt_answers_a_request_of_rabbitmq() throws Exception {
        mqtt.subscribe("service/add", MqttQos.AT_LEAST_ONCE);
        String replies = rabbit.channel.queueDeclare().getQueue();
        Collector collector = Collector.of(rabbit.channel, replies);
        BasicProperties request =
                new BasicProperties.Builder().replyTo(replies).correlationId("r-1").build();
        rabbit.channel.basicPublish("amq.topic", "service.add", request, "1+1".getBytes(UTF_8));

        Mqtt5Publish asked = mqtt.next();
        mqtt.client
                .publishWith()
                .topic(asked.getResponseTopic().orElseThrow())
                .correlationData(asked.getCorrelationData().orElseThrow())
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload("2".getBytes(UTF_8))
                .send();

        Collector.Got answer = collector.await(1).getFirst();
        assertThat(answer.text()).isEqualTo("2");
        assertThat(answer.properties().getCorrelationId()).isEqualTo("r-1");
    }

    @Test
    void rabbitmq_answers_a_request_of_mqtt() throws Exception {
        String requests = rabbit.channel.queueDeclare().getQueue();
        rabbit.channel.queueBind(requests, "amq.topic", "service.double");
        Collector collector = Collector.of(rabbit.channel, requests);
        mqtt.subscribe("replies/mqtt.1", MqttQos.AT_MOST_ONCE);
        mqtt.client
                .publishWith()
                .topic("service/double")
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload("4".getBytes(UTF_8))
                .responseTopic("replies/mqtt.1")
                .correlationData("r-2".getBytes(UTF_8))
                .send();

        BasicProperties asked = collector.await(1).getFirst().properties();
        BasicProperties answer =
                new BasicProperties.Builder().correlationId(asked.getCorrelationId()).build();
        rabbit.channel.basicPublish("", asked.getReplyTo(), answer, "8".getBytes(UTF_8));

        Mqtt5Publish came = mqtt.next();
        assertThat(came.getTopic()).hasToString("replies/mqtt.1");
        assertThat(HiveMqClient.text(came)).isEqualTo("8");
        assertThat(UTF_8.decode(came.getCorrelationData().orElseThrow()).toString())
                .isEqualTo("r-2");
    }
}
