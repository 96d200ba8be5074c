package io.polylog.broker.proof;

import io.polylog.broker.Delivery;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What one subscription owes its consumers, from its beginning to its end: the model of it.
final class Account {
    private static final int OFFSET_BITS = 40;

    final String name;
    private final Map<String, Owed> byKey = new LinkedHashMap<>();
    private final Map<Long, Owed> byPlace = new HashMap<>();

    /// Per sender: places by the order of sending.
    private final Map<String, NavigableMap<Long, Long>> order = new HashMap<>();

    /// What is published to its subject from now on surely reaches it.
    boolean bound;

    /// Its end was asked for.
    boolean ending;

    /// Purges that are not answered.
    private int purges;

    /// It is defined, and its declaration not answered: what is asked of it may be refused.
    boolean opening;

    Account(String name) {
        this.name = name;
    }

    Owed sent(String key, String sender, long sequence, int life) {
        return byKey.computeIfAbsent(key, k -> new Owed(k, sender, sequence, life));
    }

    Collection<Owed> all() {
        return byKey.values();
    }

    /// A delivery has come to somebody: checks that it was sent here, its place and its order.
    Owed delivered(Object holder, Delivery delivery, Owed.Moment now) {
        Owed owed = byKey.get(key(delivery));
        long place = (long) delivery.partition() << OFFSET_BITS | delivery.offset();
        if (owed == null) {
            throw new Violation(
                    "nobody sent to "
                            + name
                            + " what it delivers: "
                            + key(delivery)
                            + " @"
                            + delivery.offset());
        }
        owed.deliveredTo(holder, delivery, place, now);
        Owed there = byPlace.putIfAbsent(place, owed);
        if (there != null && there != owed) {
            throw new Violation(name + "@" + delivery.offset() + " is " + there + " and " + owed);
        }
        checkOrder(owed, place);
        return owed;
    }

    private void checkOrder(Owed owed, long place) {
        NavigableMap<Long, Long> sent = order.computeIfAbsent(owed.sender, s -> new TreeMap<>());
        Map.Entry<Long, Long> before = sent.lowerEntry(owed.sequence);
        Map.Entry<Long, Long> after = sent.higherEntry(owed.sequence);
        if ((before != null && before.getValue() > place)
                || (after != null && after.getValue() < place)) {
            throw new Violation(name + " changed the order of " + owed.sender + " at " + owed);
        }
        sent.put(owed.sequence, place);
    }

    /// What tells a message from every other one.
    static String key(Delivery delivery) {
        String text = Inbox.text(delivery);
        return delivery.batch()
                ? text.substring(Appends.ROOM.length()) + "/" + delivery.indexInRecord()
                : text;
    }

    void processDied() {
        if (purges > 0) {
            // They took what was sent up to now, or did not.
            mayBeGone();
            purges = 0;
        }
        byKey.values().forEach(Owed::processDied);
    }

    void purgeAsked() {
        purges++;
        mayBeGone();
    }

    void purgeAnswered() {
        purges--;
        mayBeGone();
    }

    /// Nobody knows what of it is left.
    void mayBeGone() {
        byKey.values().forEach(Owed::mayBeGone);
    }
}
