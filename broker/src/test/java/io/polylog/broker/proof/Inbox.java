package io.polylog.broker.proof;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a consumer was given, oldest first.
final class Inbox implements DeliveryListener {
    final List<Delivery> deliveries = new ArrayList<>();
    private int seen;
    int rounds;
    boolean cancelled;

    /// What it was told when it kept something too long; 0 before.
    long overdueMs;

    @Nullable BrokerException failure;

    /// How long it says it may keep something.
    long ackTimeoutMs = -1;

    /// Whether it wants to go on when it kept something too long.
    boolean goesOn;

    /// What it kept too long: offsets with attempts.
    final List<String> takenBack = new ArrayList<>();

    /// What it heard came back too often: offsets with attempts.
    final List<String> exhausted = new ArrayList<>();

    /// How many more it can take before it asks to stop; then it says so once a delivery.
    int room = Integer.MAX_VALUE;

    @Override
    public boolean deliver(Delivery delivery) {
        deliveries.add(delivery);
        return --room > 0;
    }

    @Override
    public long ackTimeoutMs() {
        return ackTimeoutMs;
    }

    @Override
    public void paused() {
        rounds++;
    }

    @Override
    public void cancelled() {
        cancelled = true;
    }

    @Override
    public boolean goesOnWhenOverdue() {
        return goesOn;
    }

    @Override
    public void takenBack(int partition, long first, long end, int attempt) {
        for (long offset = first; offset < end; offset++) {
            takenBack.add(offset + "*" + attempt);
        }
    }

    @Override
    public void exhausted(int partition, long first, long end, int attempt) {
        for (long offset = first; offset < end; offset++) {
            exhausted.add(offset + "*" + attempt);
        }
    }

    @Override
    public void overdue(long timeoutMs) {
        overdueMs = timeoutMs;
    }

    @Override
    public void failed(BrokerException why) {
        failure = why;
    }

    int size() {
        return deliveries.size();
    }

    List<String> texts() {
        return deliveries.stream().map(Inbox::text).toList();
    }

    Delivery last() {
        return deliveries.getLast();
    }

    /// What came since this was last asked.
    List<Delivery> fresh() {
        List<Delivery> fresh = List.copyOf(deliveries.subList(seen, deliveries.size()));
        seen = deliveries.size();
        return fresh;
    }

    /// Takes out everything that came so far.
    List<Delivery> drain() {
        List<Delivery> all = List.copyOf(deliveries);
        deliveries.clear();
        seen = 0;
        return all;
    }

    static String text(Delivery delivery) {
        return text(delivery.content().bytes());
    }

    static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }
}
