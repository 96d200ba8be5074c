package io.polylog.demo;

import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.zip.CRC32C;

/// What checkout knows: which orders it sent with which bytes, and which of them the broker
/// accepted. Any thread.
final class Shop {
    static final String TOPIC = "orders";

    private final int orders;
    private final AtomicIntegerArray checksums;
    private final AtomicIntegerArray sent;
    private final BitSet accepted = new BitSet();
    private final AtomicInteger acceptedCount = new AtomicInteger();

    Shop(int orders) {
        this.orders = orders;
        checksums = new AtomicIntegerArray(orders);
        sent = new AtomicIntegerArray(orders);
    }

    int orders() {
        return orders;
    }

    void sends(int number, byte[] json) {
        checksums.set(number, checksum(json));
        sent.set(number, 1);
    }

    void accepted(int number) {
        synchronized (accepted) {
            accepted.set(number);
        }
        acceptedCount.incrementAndGet();
    }

    int acceptedCount() {
        return acceptedCount.get();
    }

    BitSet accepted() {
        synchronized (accepted) {
            return (BitSet) accepted.clone();
        }
    }

    /// Whether checkout sent just these bytes as that order.
    boolean sent(int number, byte[] json) {
        return number >= 0
                && number < orders
                && sent.get(number) == 1
                && checksums.get(number) == checksum(json);
    }

    private static int checksum(byte[] json) {
        CRC32C crc = new CRC32C();
        crc.update(json, 0, json.length);
        return (int) crc.getValue();
    }
}
