package io.polylog.protocol.http;

import io.polylog.broker.Delivery;
import io.polylog.broker.Session;
import io.polylog.broker.Settlement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What was delivered over one WebSocket and is not settled yet. It comes back with the end of its
/// session. On the connection's loop.
final class TalkLeases implements Settling.Holder {
    private final Session session;
    private final Map<String, Delivery> held = new HashMap<>();

    TalkLeases(Session session) {
        this.session = session;
    }

    int size() {
        return held.size();
    }

    /// Notes a delivery.
    ///
    /// @param subscription a number of its own
    /// @return the name of its lease
    String lease(long subscription, Delivery delivery) {
        String name =
                name(subscription, delivery.partition(), delivery.offset(), delivery.attempt());
        held.put(name, Leases.withoutContent(delivery));
        return name;
    }

    private static String name(long subscription, int partition, long offset, int attempt) {
        return Long.toString(subscription, Character.MAX_RADIX)
                + "-"
                + partition
                + "-"
                + offset
                + "-"
                + attempt;
    }

    /// The queue has taken deliveries back that follow each other.
    void takenBack(long subscription, int partition, long first, long end, int attempt) {
        for (long offset = first; offset < end; offset++) {
            held.remove(name(subscription, partition, offset, attempt));
        }
    }

    @Override
    public void settle(String lease, Settlement how, Consumer<Boolean> then) {
        Delivery delivery = held.remove(lease);
        if (delivery == null) {
            then.accept(false);
            return;
        }
        session.settle(List.of(delivery), how, true)
                .whenComplete((_, failed) -> then.accept(failed == null));
    }

    /// As long as the subscription says, whatever is said here.
    @Override
    public void renew(String lease, long leaseMs, Consumer<Boolean> then) {
        @Nullable Delivery delivery = held.get(lease);
        if (delivery == null) {
            then.accept(false);
            return;
        }
        session.renew(List.of(delivery)).whenComplete((_, failed) -> then.accept(failed == null));
    }
}
