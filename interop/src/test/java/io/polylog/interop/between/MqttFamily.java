package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserPropertiesBuilder;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishBuilder;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.mqtt.HiveMqClient;
import java.util.Map;
import java.util.TreeMap;

/// HiveMQ's client, MQTT 5 with QoS 1.
final class MqttFamily implements Family {
    private static final String QUEUE = "$queue/";

    private final HiveMqClient mqtt;

    MqttFamily(RunningBroker broker) {
        mqtt = HiveMqClient.on(broker, "family" + System.nanoTime());
    }

    @Override
    public void listen(String subject) {
        mqtt.subscribe(subject.replace('.', '/'), MqttQos.AT_LEAST_ONCE);
    }

    @Override
    public void publish(String subject, Letter letter) {
        Map<String, String> fields = new TreeMap<>(letter.fields());
        Mqtt5PublishBuilder.Complete message =
                Mqtt5Publish.builder()
                        .topic(subject.replace('.', '/'))
                        .qos(MqttQos.AT_LEAST_ONCE)
                        .payload(letter.body());
        String contentType = fields.remove(Letter.CONTENT_TYPE);
        String correlation = fields.remove(Letter.CORRELATION_ID);
        String replyTo = fields.remove(Letter.REPLY_TO);
        String expiry = fields.remove(Letter.EXPIRATION);
        if (contentType != null) {
            message = message.contentType(contentType);
        }
        if (correlation != null) {
            message = message.correlationData(correlation.getBytes(UTF_8));
        }
        if (replyTo != null) {
            message = message.responseTopic(QUEUE + replyTo);
        }
        if (expiry != null) {
            message = message.messageExpiryInterval(Long.parseLong(expiry) / 1000);
        }
        Mqtt5UserPropertiesBuilder users = Mqtt5UserProperties.builder();
        fields.putAll(letter.headers());
        for (Map.Entry<String, String> each : fields.entrySet()) {
            users = users.add(each.getKey(), each.getValue());
        }
        mqtt.client.publish(message.userProperties(users.build()).build());
    }

    @Override
    public Letter next() throws Exception {
        Mqtt5Publish came = mqtt.next();
        Map<String, String> headers = new TreeMap<>();
        came.getUserProperties()
                .asList()
                .forEach(
                        each -> headers.put(each.getName().toString(), each.getValue().toString()));
        Map<String, String> fields = Fields.takenFrom(headers);
        came.getContentType().ifPresent(type -> fields.put(Letter.CONTENT_TYPE, type.toString()));
        came.getCorrelationData()
                .ifPresent(
                        data -> fields.put(Letter.CORRELATION_ID, UTF_8.decode(data).toString()));
        came.getResponseTopic()
                .ifPresent(
                        topic -> fields.put(Letter.REPLY_TO, topic.toString().replace(QUEUE, "")));
        came.getMessageExpiryInterval()
                .ifPresent(seconds -> fields.put(Letter.EXPIRATION, Long.toString(seconds * 1000)));
        return new Letter(came.getPayloadAsBytes(), fields, headers);
    }

    @Override
    public void close() {
        mqtt.close();
    }
}
