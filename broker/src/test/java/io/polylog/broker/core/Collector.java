package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import java.util.ArrayList;
import java.util.List;

/// Keeps what it is delivered; takes as many as it is told.
final class Collector implements DeliveryListener {
    final List<Delivery> deliveries = new ArrayList<>();
    int room = Integer.MAX_VALUE;
    int pauses;
    boolean cancelled;

    @Override
    public boolean deliver(Delivery delivery) {
        deliveries.add(delivery);
        room--;
        return room > 0;
    }

    @Override
    public void paused() {
        pauses++;
    }

    @Override
    public void cancelled() {
        cancelled = true;
    }

    @Override
    public void failed(BrokerException why) {
        throw why;
    }

    List<String> texts() {
        return deliveries.stream().map(Samples::text).toList();
    }

    Delivery last() {
        return deliveries.getLast();
    }
}
