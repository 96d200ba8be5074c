package io.polylog.interop.crash;

import com.rabbitmq.client.Channel;
import io.polylog.interop.crash.FeatureShop.Order;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BooleanSupplier;

/// The one who publishes in all lives of a [FeatureShop]'s broker. Where messages are known by
/// their ids, it sends again what may not have arrived, and now and then what has.
final class FeaturePublisher {
    private static final int MOST_UNCONFIRMED = 200;

    private final FeatureShop shop;
    private final FeatureLedger ledger;
    private final SplittableRandom random;
    private final ConcurrentNavigableMap<Long, Order> unconfirmed = new ConcurrentSkipListMap<>();

    /// What is known to be stored and may be sent again.
    private final List<Order> stored = Collections.synchronizedList(new ArrayList<>());

    FeaturePublisher(FeatureShop shop, FeatureLedger ledger, SplittableRandom random) {
        this.shop = shop;
        this.ledger = ledger;
        this.random = random;
    }

    /// Publishes on a new channel until it is over. Nobody is told of an answer of the life before.
    void publish(Channel channel, BooleanSupplier over) throws Exception {
        List<Order> again = List.copyOf(unconfirmed.values());
        unconfirmed.clear();
        channel.confirmSelect();
        channel.addConfirmListener(
                (tag, multiple) -> answered(tag, multiple, true),
                (tag, multiple) -> answered(tag, multiple, false));
        for (Order order : again) {
            if (shop.knowsIds(order.queue())) {
                send(channel, order, over);
            }
        }
        while (!over.getAsBoolean()) {
            boolean repeats = random.nextInt(20) == 0 && !stored.isEmpty();
            Order order = repeats ? stored.get(random.nextInt(stored.size())) : shop.next();
            send(channel, order, over);
        }
    }

    private void send(Channel channel, Order order, BooleanSupplier over) throws IOException {
        while (unconfirmed.size() >= MOST_UNCONFIRMED && !over.getAsBoolean()) {
            Waiting.aMoment();
        }
        unconfirmed.put(channel.getNextPublishSeqNo(), order);
        channel.basicPublish(order.exchange(), order.key(), order.properties(), order.body());
    }

    private void answered(long tag, boolean multiple, boolean positive) {
        var all = multiple ? unconfirmed.headMap(tag, true) : unconfirmed.subMap(tag, tag + 1);
        if (positive) {
            all.values().forEach(this::confirmed);
        }
        all.clear();
    }

    private void confirmed(Order order) {
        ledger.confirmed(order.id());
        if (order.isAudited()) {
            FeatureStreams.NAMES.forEach(stream -> ledger.streams().confirmed(stream, order.id()));
        }
        if (shop.knowsIds(order.queue())) {
            stored.add(order);
        }
    }
}
