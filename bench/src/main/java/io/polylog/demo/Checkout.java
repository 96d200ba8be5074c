package io.polylog.demo;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// Publishes each order once, with Kafka's client as it comes. Its own thread; [#run] returns when
/// the last order is answered.
final class Checkout implements Runnable {
    private final String kafka;
    private final Shop shop;
    private final AtomicInteger refused = new AtomicInteger();

    Checkout(String kafka, Shop shop) {
        this.kafka = kafka;
        this.shop = shop;
    }

    @Override
    public void run() {
        Map<String, Object> settings =
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        kafka,
                        ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                        200);
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
            for (int number = 0; number < shop.orders(); number++) {
                place(producer, number);
            }
        }
    }

    int refused() {
        return refused.get();
    }

    private void place(KafkaProducer<String, byte[]> producer, int number) {
        OrderPlaced order = Catalogue.order(number);
        byte[] json = order.toJson();
        shop.sends(number, json);
        producer.send(
                new ProducerRecord<>(Shop.TOPIC, order.customerId(), json),
                (_, failure) -> {
                    if (failure == null) {
                        shop.accepted(number);
                    } else {
                        refused.incrementAndGet();
                    }
                });
    }
}
