package io.polylog.interop.crash;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import io.polylog.interop.crash.HandlingLedger.Back;
import io.polylog.interop.crash.HandlingLedger.Handed;
import io.polylog.interop.crash.HandlingLedger.Hold;
import io.polylog.interop.crash.HandlingLedger.Holder;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// One who takes messages of a queue or a subscription, and acknowledges, rejects, gives back or
/// keeps them. On threads of the client, one at a time; where the broker ends it because it kept
/// something too long, another one begins.
final class FeatureWorker extends DefaultConsumer {
    private final Place place;
    private final SplittableRandom dice;
    private final Holder holder;

    /// When all was given back, while what comes was sent before; else null.
    private @Nullable Back back;

    /// Where somebody works.
    ///
    /// @param over whether the broker is about to be killed
    record Place(
            Connection connection,
            FeatureShop shop,
            FeatureLedger ledger,
            String queue,
            BooleanSupplier over) {}

    private FeatureWorker(Channel channel, Place place, SplittableRandom dice, Holder holder) {
        super(channel);
        this.place = place;
        this.dice = dice;
        this.holder = holder;
    }

    static void begin(Place place, SplittableRandom dice) throws IOException {
        Channel channel = place.connection.createChannel();
        int prefetch = place.shop.prefetch(place.queue);
        Holder holder = place.ledger.handling().holder(prefetch == 1);
        channel.basicQos(prefetch);
        channel.basicConsume(
                place.queue,
                false,
                FeatureStreams.arguments(place.queue),
                new FeatureWorker(channel, place, dice, holder));
    }

    @Override
    public void handleDelivery(
            String tag, Envelope envelope, BasicProperties properties, byte[] body) {
        FeatureLedger ledger = place.ledger;
        String id = FeatureShop.id(body, ledger);
        Handed handed = Handed.of(place.queue, id, envelope, properties);
        if (place.over.getAsBoolean() || !getChannel().isOpen()) {
            return;
        }
        if (back != null) {
            ledger.handling().voided(holder, handed, back);
            return;
        }
        long nowMs = System.currentTimeMillis();
        if (place.shop.isChoosy(place.queue) && FeatureShop.isUnwanted(id)) {
            ledger.wrong(id + " came from " + place.queue + ", which does not want it");
        }
        if (FeatureStreams.isSubscription(place.queue)) {
            ledger.streams().came(place.queue, id);
        } else {
            ledger.delivered(id, place.queue, FeatureShop.dueMs(properties, nowMs));
        }
        Hold hold = ledger.handling().handed(holder, handed, nowMs);
        try {
            settle(envelope.getDeliveryTag(), hold, id);
        } catch (IOException | AlreadyClosedException gone) {
            // The next life delivers it again.
        }
    }

    private void settle(long tag, Hold hold, String id) throws IOException {
        HandlingLedger handling = place.ledger.handling();
        int chance = dice.nextInt(100);
        if (chance < 58) {
            if (!FeatureStreams.isSubscription(place.queue)) {
                place.ledger.acknowledged(id);
            }
            handling.settled(hold);
            getChannel().basicAck(tag, false);
        } else if (chance < 73) {
            handling.settled(hold);
            getChannel().basicReject(tag, false);
        } else if (chance < 88) {
            handling.returned(hold, System.currentTimeMillis());
            getChannel().basicNack(tag, false, true);
        } else if (chance < 90) {
            back = handling.returnedAll(holder, System.currentTimeMillis());
            getChannel().basicRecover(true);
        }
        // What is left is kept until the end, or until its time is over.
    }

    @Override
    public void handleRecoverOk(String tag) {
        back = null;
    }

    /// Of quorum queues the consumer ends, and the channel stays.
    @Override
    public void handleCancel(String tag) throws IOException {
        try {
            getChannel().abort();
            beginAnew();
        } catch (AlreadyClosedException gone) {
            // The next life has others.
        }
    }

    @Override
    public void handleShutdownSignal(String tag, ShutdownSignalException signal) {
        if (place.over.getAsBoolean() || signal.isInitiatedByApplication()) {
            return;
        }
        if (signal.isHardError() || !place.shop.takesBack(place.queue)) {
            place.ledger.wrong("a worker of " + place.queue + " was ended: " + signal.getMessage());
            return;
        }
        try {
            beginAnew();
        } catch (IOException | AlreadyClosedException gone) {
            // The next life has others.
        }
    }

    private void beginAnew() throws IOException {
        place.ledger.handling().gone(holder);
        begin(place, dice);
    }
}
