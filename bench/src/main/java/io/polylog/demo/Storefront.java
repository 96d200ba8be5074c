package io.polylog.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.CancelCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Asks how much of each product was sold, with RabbitMQ's client, and compares. One thread.
final class Storefront {
    private static final int PATIENCE_SECONDS = 30;

    private int asked;
    private int wrong;

    int asked() {
        return asked;
    }

    /// Products of which the answer was another number, or none came.
    int wrong() {
        return wrong;
    }

    /// Asks for every product of the accepted orders.
    ///
    /// @param port of AMQP
    void ask(int port, Shop shop) throws IOException, TimeoutException, InterruptedException {
        Map<String, Integer> sold = sold(shop);
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(port);
        try (Connection connection = factory.newConnection("storefront");
                Channel channel = connection.createChannel()) {
            String replies = channel.queueDeclare().getQueue();
            BlockingQueue<Map.Entry<String, String>> answers = new LinkedBlockingQueue<>();
            channel.basicConsume(
                    replies,
                    true,
                    (_, answer) ->
                            answers.add(
                                    Map.entry(
                                            answer.getProperties().getCorrelationId(),
                                            new String(answer.getBody(), UTF_8))),
                    (CancelCallback) _ -> {});
            for (String product : sold.keySet()) {
                BasicProperties request =
                        new BasicProperties.Builder()
                                .replyTo(replies)
                                .correlationId(product)
                                .build();
                channel.basicPublish("amq.topic", Stock.SUBJECT + product, request, new byte[0]);
            }
            compare(sold, answers);
        }
    }

    private void compare(
            Map<String, Integer> sold, BlockingQueue<Map.Entry<String, String>> answers)
            throws InterruptedException {
        asked = sold.size();
        wrong = asked;
        for (int i = 0; i < asked; i++) {
            var answer = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (answer == null) {
                return;
            }
            boolean right = answer.getValue().equals(String.valueOf(sold.get(answer.getKey())));
            wrong -= right ? 1 : 0;
        }
    }

    private static Map<String, Integer> sold(Shop shop) {
        Map<String, Integer> sold = new HashMap<>();
        BitSet accepted = shop.accepted();
        for (int number = accepted.nextSetBit(0);
                number >= 0;
                number = accepted.nextSetBit(number + 1)) {
            for (OrderPlaced.Item item : Catalogue.order(number).items()) {
                sold.merge(item.productId(), item.quantity(), Integer::sum);
            }
        }
        return sold;
    }
}
