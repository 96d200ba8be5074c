package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Topic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The cursors of a session. On its loop.
final class Cursors {
    private final CoreSession session;
    private final Map<Long, Cursor> cursors = new HashMap<>(0);
    private long made;

    Cursors(CoreSession session) {
        this.session = session;
    }

    /// Opens one on a topic.
    ///
    /// @throws BrokerException INVALID where more than one partition is meant
    CompletionStage<Consumer> open(ConsumeSpec spec, Topic topic, DeliveryListener listener) {
        List<Topic.Partition> partitions = spec.subscription().partitions(topic);
        if (partitions.size() > 1) {
            throw new BrokerException(
                    Kind.INVALID,
                    topic.spec().name()
                            + " has "
                            + partitions.size()
                            + " partitions: a cursor reads one");
        }
        Cursor cursor = new Cursor(session, ++made, spec, listener, topic, partitions.getFirst());
        cursors.put(made, cursor);
        CompletableFuture<Consumer> done = new CompletableFuture<>();
        cursor.open()
                .whenComplete((opened, failed) -> {
                    if (failed == null) {
                        done.complete(opened);
                        cursor.start();
                    } else {
                        cursor.close();
                        done.completeExceptionally(BrokerException.reason(failed));
                    }
                });
        return done;
    }

    void forget(long number) {
        cursors.remove(number);
    }

    /// Takes the deliveries of cursors out of what is settled; nothing is owed for them.
    ///
    /// @return the others
    List<Delivery> settled(List<Delivery> deliveries) {
        if (made == 0) {
            return deliveries;
        }
        List<Delivery> others = new ArrayList<>(deliveries.size());
        // In order: the simulation must go the same way each time.
        Map<Long, Integer> counts = new LinkedHashMap<>(2);
        for (Delivery delivery : deliveries) {
            if (delivery.subscription() == Delivery.OF_CURSOR) {
                counts.merge(delivery.receiver(), 1, Integer::sum);
            } else {
                others.add(delivery);
            }
        }
        counts.forEach((number, count) -> {
            Cursor cursor = cursors.get(number);
            if (cursor != null) {
                cursor.release(count);
            }
        });
        return others;
    }

    void closeAll() {
        List.copyOf(cursors.values()).forEach(Cursor::close);
    }
}
