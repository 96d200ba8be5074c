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
import io.polylog.interop.nats.Jnats;
import io.polylog.interop.stomp.RawStomp;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Requests of one protocol that clients of another answer in the way they are used to.
class RepliesTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Rabbit rabbit;
    private HiveMqClient mqtt;
    private RawStomp stomp;
    private Jnats nats;

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
        mqtt = HiveMqClient.on(broker, "mqtt");
        stomp = RawStomp.on(broker);
        nats = Jnats.on(broker);
    }

    @AfterEach
    void disconnect() throws Exception {
        nats.close();
        stomp.close();
        mqtt.close();
        rabbit.close();
    }

    /// A queue of RabbitMQ that gets the requests on a subject.
    private Collector service(String subject) throws Exception {
        String queue = rabbit.channel.queueDeclare().getQueue();
        rabbit.channel.queueBind(queue, "amq.topic", subject);
        return Collector.of(rabbit.channel, queue);
    }

    /// As RabbitMQ's clients answer: the default exchange, with the reply-to as the key.
    private void answer(Collector.Got request, String text) throws Exception {
        BasicProperties same =
                new BasicProperties.Builder()
                        .correlationId(request.properties().getCorrelationId())
                        .build();
        Rabbit.publish(rabbit.channel, request.properties().getReplyTo(), same, text);
    }

    @Test
    void rabbitmq_answers_a_request_of_mqtt() throws Exception {
        Collector service = service("service.price");
        mqtt.subscribe("replies/17", MqttQos.AT_LEAST_ONCE);
        mqtt.client
                .publishWith()
                .topic("service/price")
                .responseTopic("replies/17")
                .correlationData("r-17".getBytes(UTF_8))
                .payload("beans".getBytes(UTF_8))
                .send();

        answer(service.await(1).getFirst(), "4.50");

        Mqtt5Publish came = mqtt.next();
        assertThat(came.getTopic()).hasToString("replies/17");
        assertThat(HiveMqClient.text(came)).isEqualTo("4.50");
        assertThat(UTF_8.decode(came.getCorrelationData().orElseThrow()).toString())
                .isEqualTo("r-17");
    }

    @Test
    void rabbitmq_answers_a_request_of_stomp() throws Exception {
        Collector service = service("service.weight");
        stomp.call("SUBSCRIBE", "", "id:1", "destination:/topic/replies.stomp");
        stomp.call(
                "SEND",
                "beans",
                "destination:/topic/service.weight",
                "reply-to:/topic/replies.stomp",
                "correlation-id:r-18");

        answer(service.await(1).getFirst(), "250 g");

        RawStomp.Frame came = stomp.message();
        assertThat(came.bytes()).asString(UTF_8).isEqualTo("250 g");
        assertThat(came.header("correlation-id")).isEqualTo("r-18");
    }

    @Test
    void stomp_answers_a_request_of_rabbitmq() throws Exception {
        stomp.call("SUBSCRIBE", "", "id:1", "destination:/topic/service.stock");
        String replies = rabbit.channel.queueDeclare().getQueue();
        Collector collector = Collector.of(rabbit.channel, replies);
        BasicProperties request =
                new BasicProperties.Builder().replyTo(replies).correlationId("r-19").build();
        rabbit.channel.basicPublish("amq.topic", "service.stock", request, "?".getBytes(UTF_8));

        RawStomp.Frame asked = stomp.message();
        stomp.send(
                "SEND",
                "7",
                "destination:" + asked.header("reply-to"),
                "correlation-id:" + asked.header("correlation-id"));

        Collector.Got answer = collector.await(1).getFirst();
        assertThat(answer.text()).isEqualTo("7");
        assertThat(answer.properties().getCorrelationId()).isEqualTo("r-19");
    }

    /// A service of NATS that gives the question back with more.
    private void natsService(String subject) throws Exception {
        nats.client
                .createDispatcher(
                        request -> nats.publish(request.getReplyTo(), Jnats.text(request) + "!"))
                .subscribe(subject);
        nats.client.flush(Jnats.PATIENCE);
    }

    @Test
    void rabbitmq_answers_a_request_of_nats() throws Exception {
        Collector service = service("service.nats");
        var answer = nats.client.request("service.nats", "beans".getBytes(UTF_8));

        answer(service.await(1).getFirst(), "4.50");

        assertThat(Jnats.text(answer.get(15, TimeUnit.SECONDS))).isEqualTo("4.50");
    }

    @Test
    void mqtt_answers_a_request_of_nats() throws Exception {
        mqtt.subscribe("service/mqtt", MqttQos.AT_LEAST_ONCE);
        var answer = nats.client.request("service.mqtt", "beans".getBytes(UTF_8));

        String to = mqtt.next().getResponseTopic().orElseThrow().toString();
        mqtt.publish(to, "6.20", MqttQos.AT_LEAST_ONCE);

        assertThat(Jnats.text(answer.get(15, TimeUnit.SECONDS))).isEqualTo("6.20");
    }

    @Test
    void stomp_answers_a_request_of_nats() throws Exception {
        stomp.call("SUBSCRIBE", "", "id:1", "destination:/topic/service.stomp");
        var answer = nats.client.request("service.stomp", "beans".getBytes(UTF_8));

        stomp.send("SEND", "7.10", "destination:" + stomp.message().header("reply-to"));

        assertThat(Jnats.text(answer.get(15, TimeUnit.SECONDS))).isEqualTo("7.10");
    }

    @Test
    void nats_answers_a_request_of_rabbitmq_with_its_correlation_id() throws Exception {
        natsService("service.size");
        String replies = rabbit.channel.queueDeclare().getQueue();
        Collector collector = Collector.of(rabbit.channel, replies);
        BasicProperties request =
                new BasicProperties.Builder().replyTo(replies).correlationId("r.20").build();
        rabbit.channel.basicPublish("amq.topic", "service.size", request, "s".getBytes(UTF_8));

        Collector.Got answer = collector.await(1).getFirst();
        assertThat(answer.text()).isEqualTo("s!");
        assertThat(answer.properties().getCorrelationId()).isEqualTo("r.20");
    }

    @Test
    void nats_answers_requests_of_mqtt_and_stomp() throws Exception {
        natsService("service.both");
        mqtt.subscribe("replies/both", MqttQos.AT_LEAST_ONCE);
        mqtt.client
                .publishWith()
                .topic("service/both")
                .responseTopic("replies/both")
                .correlationData("r-21".getBytes(UTF_8))
                .payload("m".getBytes(UTF_8))
                .send();
        stomp.call("SUBSCRIBE", "", "id:1", "destination:/topic/replies.stomp2");
        stomp.call(
                "SEND",
                "s",
                "destination:/topic/service.both",
                "reply-to:/topic/replies.stomp2",
                "correlation-id:r-22");

        Mqtt5Publish came = mqtt.next();
        assertThat(HiveMqClient.text(came)).isEqualTo("m!");
        assertThat(UTF_8.decode(came.getCorrelationData().orElseThrow()).toString())
                .isEqualTo("r-21");
        RawStomp.Frame frame = stomp.message();
        assertThat(frame.bytes()).asString(UTF_8).isEqualTo("s!");
        assertThat(frame.header("correlation-id")).isEqualTo("r-22");
    }

    @Test
    void mqtt_and_stomp_answer_each_other() throws Exception {
        mqtt.subscribe("service/colour", MqttQos.AT_MOST_ONCE);
        stomp.call("SUBSCRIBE", "", "id:1", "destination:/topic/replies.colour");
        stomp.call(
                "SEND",
                "beans",
                "destination:/topic/service.colour",
                "reply-to:/topic/replies.colour");

        String to = mqtt.next().getResponseTopic().orElseThrow().toString();
        mqtt.publish(to, "brown", MqttQos.AT_LEAST_ONCE);

        assertThat(stomp.message().bytes()).asString(UTF_8).isEqualTo("brown");
    }
}
