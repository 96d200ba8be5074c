package io.polylog.interop.crash;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.GetResponse;
import io.polylog.harness.BrokerProcess;
import io.polylog.interop.crash.FeatureShop.Order;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/// What goes on in a [FeatureShop] between two crashes of its broker: one publisher, two workers on
/// each queue, one that moves messages in transactions, and an operator.
final class FeatureLife {
    private static final int WORKERS = 2;
    private static final int PREFETCH = 10;
    private static final int MOST_UNCONFIRMED = 200;

    private final BrokerProcess broker;
    private final FeatureShop shop;
    private final FeatureLedger ledger;
    private final SplittableRandom random;
    private final Connection connection;
    private final List<Thread> threads = new ArrayList<>();
    private final ConcurrentNavigableMap<Long, Order> unconfirmed = new ConcurrentSkipListMap<>();
    private volatile boolean over;

    FeatureLife(
            BrokerProcess broker, FeatureShop shop, FeatureLedger ledger, SplittableRandom random)
            throws Exception {
        this.broker = broker;
        this.shop = shop;
        this.ledger = ledger;
        this.random = random;
        connection = KilledBroker.connect(broker);
    }

    private interface Step {
        void run() throws Exception;
    }

    /// @param again what was not confirmed before and may be sent again
    void begin(List<Order> again) throws Exception {
        for (int i = 0; i < FeatureShop.QUEUES; i++) {
            for (int worker = 0; worker < WORKERS; worker++) {
                work("w" + i, random.split());
            }
        }
        Channel publishing = connection.createChannel();
        thread("publisher", () -> publish(publishing, again));
        SplittableRandom moves = random.split();
        Channel moving = connection.createChannel();
        thread("mover", () -> move(moving, moves));
        FeatureOperator operator =
                new FeatureOperator(broker.address("http"), random.split(), ledger);
        thread("operator", () -> operate(operator));
    }

    private void thread(String name, Step step) {
        threads.add(
                Thread.ofPlatform()
                        .name(name)
                        .start(() -> {
                            try {
                                step.run();
                            } catch (Exception e) {
                                if (!over) {
                                    ledger.wrong(
                                            name + " ended by itself: " + e + ", " + e.getCause());
                                }
                            }
                        }));
    }

    /// Kills the broker.
    ///
    /// @return what is not known to be stored, in the order in which it was sent
    List<Order> end() throws Exception {
        over = true; // what breaks from now on is meant to
        broker.kill9();
        connection.abort();
        for (Thread thread : threads) {
            thread.join();
        }
        return List.copyOf(unconfirmed.values());
    }

    // Publishing -------------------------------------------------------------------------------

    private void publish(Channel channel, List<Order> again) throws Exception {
        channel.confirmSelect();
        channel.addConfirmListener(
                (tag, multiple) -> answered(tag, multiple, true),
                (tag, multiple) -> answered(tag, multiple, false));
        for (Order order : again) {
            if (order.key().startsWith("w") && shop.knowsIds(order.key())) {
                send(channel, order);
            }
        }
        while (!over) {
            send(channel, shop.next());
        }
    }

    private void send(Channel channel, Order order) throws IOException {
        while (unconfirmed.size() >= MOST_UNCONFIRMED && !over) {
            Waiting.aMoment();
        }
        unconfirmed.put(channel.getNextPublishSeqNo(), order);
        channel.basicPublish(order.exchange(), order.key(), order.properties(), order.body());
    }

    private void answered(long tag, boolean multiple, boolean stored) {
        var all = multiple ? unconfirmed.headMap(tag, true) : unconfirmed.subMap(tag, tag + 1);
        if (stored) {
            all.values().forEach(order -> ledger.confirmed(order.id()));
        }
        all.clear();
    }

    // Working ----------------------------------------------------------------------------------

    private void work(String queue, SplittableRandom dice) throws IOException {
        Channel channel = connection.createChannel();
        channel.basicQos(PREFETCH);
        channel.basicConsume(
                queue,
                false,
                new DefaultConsumer(channel) {
                    @Override
                    public void handleDelivery(
                            String tag,
                            Envelope envelope,
                            BasicProperties properties,
                            byte[] body) {
                        String id = FeatureShop.id(body, ledger);
                        ledger.delivered(id, queue, System.currentTimeMillis());
                        try {
                            settle(channel, envelope.getDeliveryTag(), id, dice.nextInt(100));
                        } catch (IOException | AlreadyClosedException gone) {
                            // The next life delivers it again.
                        }
                    }
                });
    }

    private void settle(Channel channel, long tag, String id, int dice) throws IOException {
        if (dice < 58) {
            ledger.acknowledged(id);
            channel.basicAck(tag, false);
        } else if (dice < 73) {
            channel.basicReject(tag, false);
        } else if (dice < 88) {
            channel.basicNack(tag, false, true);
        } else if (dice < 90) {
            channel.basicRecover(true);
        }
        // What is left is kept until the end, or until its time is over.
    }

    private void move(Channel channel, SplittableRandom dice) throws Exception {
        channel.txSelect();
        while (!over) {
            String queue = "w" + dice.nextInt(FeatureShop.QUEUES);
            GetResponse got = shop.givesOne(queue) ? channel.basicGet(queue, false) : null;
            if (got == null) {
                Waiting.aMoment();
                continue;
            }
            String id = FeatureShop.id(got.getBody(), ledger);
            ledger.delivered(id, queue, System.currentTimeMillis());
            BasicProperties properties = got.getProps().builder().expiration(null).build();
            channel.basicPublish("", FeatureShop.OUT, properties, got.getBody());
            channel.basicAck(got.getEnvelope().getDeliveryTag(), false);
            if (dice.nextInt(5) == 0) {
                channel.txRollback();
                channel.basicNack(got.getEnvelope().getDeliveryTag(), false, true);
                channel.txCommit();
            } else {
                channel.txCommit();
                ledger.committed(id);
            }
        }
    }

    private void operate(FeatureOperator operator) throws Exception {
        while (!over) {
            operator.act();
        }
    }
}
