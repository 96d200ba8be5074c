package io.polylog.interop.crash;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;
import io.polylog.harness.BrokerProcess;
import io.polylog.interop.crash.HandlingLedger.Handed;
import io.polylog.interop.crash.HandlingLedger.Hold;
import io.polylog.interop.crash.HandlingLedger.Holder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// What goes on in a [FeatureShop] between two crashes of its broker: one publisher, two workers on
/// each queue and subscription, one that moves messages in transactions, writers that exclude one
/// another, a reader of the stream, and an operator.
final class FeatureLife {
    private static final int WORKERS = 2;
    private static final int WRITERS = 2;

    private final FeatureShop shop;
    private final FeatureLedger ledger;
    private final SplittableRandom random;
    private final Connection connection;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean over;

    FeatureLife(
            BrokerProcess broker, FeatureShop shop, FeatureLedger ledger, SplittableRandom random)
            throws Exception {
        this.shop = shop;
        this.ledger = ledger;
        this.random = random;
        connection = KilledBroker.connect(broker);
        ledger.handling().begins();
    }

    private interface Step {
        void run() throws Exception;
    }

    /// @param number which life it is
    void begin(FeaturePublisher publisher, FeatureChain chain, FeatureOperator operator, int number)
            throws Exception {
        List<String> places = new ArrayList<>(FeatureShop.workQueues());
        places.addAll(FeatureStreams.subscriptions());
        for (String place : places) {
            for (int worker = 0; worker < WORKERS; worker++) {
                FeatureWorker.begin(
                        new FeatureWorker.Place(connection, shop, ledger, place, () -> over),
                        random.split());
            }
        }
        FeatureStreams.read(connection.createChannel(), ledger, () -> {});
        neglect(number);
        Channel publishing = connection.createChannel();
        thread("publisher", () -> publisher.publish(publishing, () -> over));
        SplittableRandom moves = random.split();
        Channel moving = connection.createChannel();
        thread("mover", () -> move(moving, moves));
        for (int i = 0; i < WRITERS; i++) {
            FeatureChain.Writer writer = chain.new Writer(connection, random.split());
            thread("writer", () -> again(writer::append));
        }
        thread("operator", () -> again(operator::act));
    }

    private void again(Step step) throws Exception {
        while (!over) {
            step.run();
        }
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

    /// Lets the broker crash.
    void end(BrokerProcess broker, CrashRun.Crash crash) throws Exception {
        over = true; // what breaks from now on is meant to
        crash.strike(broker);
        connection.abort();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /// Leaves a message in a queue that nobody uses and that goes therefore.
    private void neglect(int number) throws Exception {
        try (Channel channel = connection.createChannel()) {
            String queue = FeatureShop.NEGLECTED + number;
            channel.queueDeclare(queue, true, false, false, Map.of("x-expires", 100 + number));
            channel.basicPublish("", queue, null, new byte[] {1});
        }
    }

    private void move(Channel channel, SplittableRandom dice) throws Exception {
        Holder holder = ledger.handling().holder(true);
        channel.txSelect();
        while (!over) {
            String queue = "w" + dice.nextInt(FeatureShop.QUEUES);
            GetResponse got = shop.givesOne(queue) ? channel.basicGet(queue, false) : null;
            if (got == null) {
                Waiting.aMoment();
            } else {
                moveOne(channel, queue, got, holder, dice.nextInt(5) == 0);
            }
        }
    }

    private void moveOne(
            Channel channel, String queue, GetResponse got, Holder holder, boolean regrets)
            throws IOException {
        long nowMs = System.currentTimeMillis();
        long tag = got.getEnvelope().getDeliveryTag();
        String id = FeatureShop.id(got.getBody(), ledger);
        ledger.delivered(id, queue, FeatureShop.dueMs(got.getProps(), nowMs));
        Handed handed = Handed.of(queue, id, got.getEnvelope(), got.getProps());
        Hold hold = ledger.handling().handed(holder, handed, nowMs);
        BasicProperties properties = got.getProps().builder().expiration(null).build();
        channel.basicPublish("", FeatureShop.OUT, properties, got.getBody());
        channel.basicAck(tag, false);
        if (regrets) {
            channel.txRollback();
            channel.basicNack(tag, false, true);
            ledger.handling().returned(hold, System.currentTimeMillis());
            channel.txCommit();
        } else {
            ledger.handling().settled(hold);
            channel.txCommit();
            ledger.committed(id);
        }
    }
}
