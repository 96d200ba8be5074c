package io.polylog.interop.between;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Collector;
import io.polylog.interop.amqp.Rabbit;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/// RabbitMQ's Java client: the exchange `amq.topic`, and a queue bound to it.
final class AmqpFamily implements Family {
    private static final String TIME = "timestamp_in_ms";

    private final Rabbit rabbit;
    private Collector collector;
    private int taken;

    AmqpFamily(RunningBroker broker) throws Exception {
        rabbit = Rabbit.on(broker);
        rabbit.channel.confirmSelect();
    }

    @Override
    public void listen(String subject) throws Exception {
        String queue = rabbit.channel.queueDeclare().getQueue();
        rabbit.channel.queueBind(queue, "amq.topic", subject);
        collector = Collector.of(rabbit.channel, queue);
    }

    @Override
    public void publish(String subject, Letter letter) throws Exception {
        rabbit.channel.basicPublish("amq.topic", subject, properties(letter), letter.body());
        rabbit.channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
    }

    private static BasicProperties properties(Letter letter) {
        Map<String, Object> headers = new HashMap<>(letter.headers());
        BasicProperties.Builder builder =
                new BasicProperties.Builder()
                        .contentType(letter.field(Letter.CONTENT_TYPE))
                        .contentEncoding(letter.field(Letter.CONTENT_ENCODING))
                        .correlationId(letter.field(Letter.CORRELATION_ID))
                        .messageId(letter.field(Letter.MESSAGE_ID))
                        .replyTo(letter.field(Letter.REPLY_TO))
                        .type(letter.field(Letter.TYPE))
                        .appId(letter.field(Letter.APP_ID))
                        .expiration(letter.field(Letter.EXPIRATION));
        if (letter.field(Letter.PRIORITY) != null) {
            builder.priority(Integer.valueOf(letter.field(Letter.PRIORITY)));
        }
        if (letter.field(Letter.TIMESTAMP) != null) {
            headers.put(TIME, Long.valueOf(letter.field(Letter.TIMESTAMP)));
        }
        if (letter.field(Letter.KEY) != null) {
            headers.put("x-key", letter.field(Letter.KEY));
        }
        return builder.headers(headers).build();
    }

    @Override
    public Letter next() {
        Collector.Got got = collector.await(++taken).get(taken - 1);
        BasicProperties properties = got.properties();
        Map<String, String> headers = new TreeMap<>();
        if (properties.getHeaders() != null) {
            properties.getHeaders().forEach((name, value) -> headers.put(name, value.toString()));
        }
        Map<String, String> fields = new TreeMap<>();
        Fields.put(fields, Letter.CONTENT_TYPE, properties.getContentType());
        Fields.put(fields, Letter.CONTENT_ENCODING, properties.getContentEncoding());
        Fields.put(fields, Letter.CORRELATION_ID, properties.getCorrelationId());
        Fields.put(fields, Letter.MESSAGE_ID, properties.getMessageId());
        Fields.put(fields, Letter.REPLY_TO, properties.getReplyTo());
        Fields.put(fields, Letter.TYPE, properties.getType());
        Fields.put(fields, Letter.APP_ID, properties.getAppId());
        Fields.put(fields, Letter.EXPIRATION, properties.getExpiration());
        Fields.put(fields, Letter.PRIORITY, properties.getPriority());
        Fields.put(fields, Letter.TIMESTAMP, headers.remove(TIME));
        Fields.put(fields, Letter.KEY, headers.remove("x-key"));
        return new Letter(got.body(), fields, headers);
    }

    @Override
    public void close() throws IOException {
        rabbit.close();
    }
}
