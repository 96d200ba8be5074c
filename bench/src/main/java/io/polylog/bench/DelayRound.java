package io.polylog.bench;

import com.rabbitmq.client.AMQP.BasicProperties;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.BitSet;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/// Delayed messages that are published together: each says when it is due and which it is. Arrivals
/// may be told by any thread.
final class DelayRound {
    /// In front of a message: when it is due, its round, and its number among those that become
    /// due; among those that stay pending, its number from -1 downwards.
    private static final int BODY_BYTES = 64;

    private static final int WHICH_AT = Long.BYTES + Integer.BYTES;

    /// Part of the time to publish in which it is done, evenly.
    private static final int PACE_PERCENT = 80;

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final long PENDING_FROM_MS = TimeUnit.HOURS.toMillis(2);
    private static final long PENDING_UNTIL_MS = TimeUnit.DAYS.toMillis(40);

    final int messages;
    private final int number;
    private final int pending;
    private final int leadSeconds;
    private final int withinSeconds;
    private final SplittableRandom random = new SplittableRandom(1);
    private final Histogram lateNanos = new Histogram(3);
    private final BitSet arrived = new BitSet();
    private long earlyNanos;
    private int again;
    private int unwanted;

    /// @param number which round
    /// @param messages that become due
    /// @param pending further ones, between them, due in two hours to 40 days
    /// @param leadSeconds from its beginning until the first is due
    /// @param withinSeconds from the first to the last
    DelayRound(int number, int messages, int pending, int leadSeconds, int withinSeconds) {
        this.number = number;
        this.messages = messages;
        this.pending = pending;
        this.leadSeconds = leadSeconds;
        this.withinSeconds = withinSeconds;
    }

    /// Which round a message is of.
    static int of(byte[] body) {
        return ByteBuffer.wrap(body).getInt(Long.BYTES);
    }

    synchronized void arrived(byte[] body) {
        ByteBuffer in = ByteBuffer.wrap(body);
        long late = System.nanoTime() - in.getLong();
        int which = which(body);
        earlyNanos = Math.max(earlyNanos, -late);
        if (which < 0) {
            unwanted++;
            return;
        }
        again += arrived.get(which) ? 1 : 0;
        arrived.set(which);
        lateNanos.recordValue(Math.max(0, late));
    }

    /// Whether all that become due are there.
    synchronized boolean complete() {
        return arrived.cardinality() == messages;
    }

    int all() {
        return messages + pending;
    }

    /// The number of the message that is sent at this place.
    int which(int place) {
        int before = (int) ((long) place * messages / all());
        boolean due = (place + 1L) * messages / all() > before;
        return due ? before : before - place - 1;
    }

    /// The number that a message has.
    static int which(byte[] body) {
        return ByteBuffer.wrap(body).getInt(WHICH_AT);
    }

    /// How long until all should be there.
    Duration patience() {
        return PATIENCE.plusSeconds(leadSeconds + withinSeconds);
    }

    /// Publishes all, in the time until the first is due.
    void publish(AmqpScene scene, String exchange, String key) throws Exception {
        long begun = System.nanoTime();
        long leadNanos = TimeUnit.SECONDS.toNanos(leadSeconds);
        long firstNanos = begun + leadNanos;
        int all = all();
        try (AmqpSender sender = new AmqpSender(scene.ownChannel(), exchange, key)) {
            for (int i = 0; i < all; i++) {
                keepPace(begun + leadNanos * PACE_PERCENT / 100 * i / all);
                send(sender, key, which(i), firstNanos);
            }
            sender.awaitConfirms(PATIENCE);
        }
        AmqpScene.line("%,d published in %.1f s", all, (System.nanoTime() - begun) / 1e9);
        if (System.nanoTime() - firstNanos > 0) {
            throw new IllegalStateException("the first was due before all were published: --lead");
        }
    }

    private void send(AmqpSender sender, String key, int which, long firstNanos) throws Exception {
        long now = System.nanoTime();
        // In whole milliseconds: what is due is what the broker is told.
        long delayMs =
                which < 0
                        ? random.nextLong(PENDING_FROM_MS, PENDING_UNTIL_MS)
                        : (firstNanos
                                        + random.nextLong(TimeUnit.SECONDS.toNanos(withinSeconds))
                                        - now)
                                / 1_000_000;
        byte[] body = new byte[BODY_BYTES];
        ByteBuffer.wrap(body).putLong(now + delayMs * 1_000_000).putInt(number).putInt(which);
        BasicProperties with =
                new BasicProperties.Builder()
                        .deliveryMode(2)
                        .headers(Map.of("x-delay", delayMs))
                        .build();
        sender.sendInTurn(key, with, body);
    }

    /// A delay counts from when the broker has taken the message: it must not wait on its way.
    private static void keepPace(long nanos) {
        long early = nanos - System.nanoTime();
        if (early > 1_000_000) {
            LockSupport.parkNanos(early);
        }
    }

    synchronized long earlyNanos() {
        return earlyNanos;
    }

    /// Whether each message came once, and none that was not due.
    synchronized boolean exact() {
        return again == 0 && unwanted == 0 && complete();
    }

    synchronized void report() {
        AmqpScene.line(
                "%,d messages, late by p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms, most %.1f ms; early"
                        + " by %.1f ms at most; %,d missing, %,d twice, %,d not due",
                messages,
                lateNanos.getValueAtPercentile(50) / 1e6,
                lateNanos.getValueAtPercentile(99) / 1e6,
                lateNanos.getValueAtPercentile(99.9) / 1e6,
                lateNanos.getMaxValue() / 1e6,
                earlyNanos / 1e6,
                messages - arrived.cardinality(),
                again,
                unwanted);
    }
}
