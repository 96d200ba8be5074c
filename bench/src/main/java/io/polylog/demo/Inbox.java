package io.polylog.demo;

import java.util.BitSet;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// What arrived at one department. Any thread.
final class Inbox {
    private final Shop shop;
    private final BitSet wanted = new BitSet();
    private final BitSet arrived = new BitSet();
    private long deliveries;
    private long redelivered;
    private long invented;

    Inbox(Shop shop) {
        this(shop, _ -> true);
    }

    /// One that is to get some of the orders.
    Inbox(Shop shop, IntPredicate wanted) {
        this.shop = shop;
        IntStream.range(0, shop.orders()).filter(wanted).forEach(this.wanted::set);
    }

    /// Takes in a message and gives the number of its order; -1 for one that checkout never sent.
    int receive(byte[] json, boolean flaggedRedelivered) {
        int number = numberOf(json);
        boolean known = shop.sent(number, json);
        synchronized (this) {
            deliveries++;
            redelivered += flaggedRedelivered ? 1 : 0;
            if (!known) {
                invented++;
                return -1;
            }
            return number;
        }
    }

    /// The department is done with an order.
    synchronized void done(int number) {
        arrived.set(number);
    }

    synchronized int arrived() {
        return arrived.cardinality();
    }

    synchronized long deliveries() {
        return deliveries;
    }

    synchronized long redelivered() {
        return redelivered;
    }

    synchronized long invented() {
        return invented;
    }

    /// How many orders were accepted that are to arrive here.
    int owed() {
        return acceptedAndWanted().cardinality();
    }

    /// How many of them never did.
    int lost() {
        BitSet missing = acceptedAndWanted();
        synchronized (this) {
            missing.andNot(arrived);
        }
        return missing.cardinality();
    }

    private BitSet acceptedAndWanted() {
        BitSet owed = shop.accepted();
        owed.and(wanted);
        return owed;
    }

    private static int numberOf(byte[] json) {
        try {
            return OrderPlaced.fromJson(json).number();
        } catch (RuntimeException unreadable) {
            return -1;
        }
    }
}
