package io.polylog.bench;

import io.polylog.harness.Ledger;
import io.polylog.harness.Ledger.Repeats;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// What one load counts and times. Any thread.
///
/// Only messages due inside the measured window are timed and counted for the rates; every message
/// is checked for loss and repetition.
final class Figures {
    private static final int DIGITS = 3;

    final Ledger ledger = new Ledger(Repeats.NEVER);
    final Histogram confirmNanos = new ConcurrentHistogram(DIGITS);
    final Histogram deliveryNanos = new ConcurrentHistogram(DIGITS);
    final LongAdder confirmed = new LongAdder();
    final LongAdder delivered = new LongAdder();
    final LongAdder refused = new LongAdder();
    private final long run;
    private final long fromNanos;
    private final long endNanos;
    private @Nullable BrokerCpu cpu;
    private boolean ordered = true;

    Figures(long run, long fromNanos, long endNanos) {
        this.run = run;
        this.fromNanos = fromNanos;
        this.endNanos = endNanos;
    }

    long run() {
        return run;
    }

    /// Messages may pass each other. Before the first.
    void inAnyOrder() {
        ordered = false;
    }

    /// Measures the CPU time of a broker on this machine too. Before the window begins.
    void watch(long brokerPid) {
        cpu = new BrokerCpu(brokerPid, fromNanos, endNanos);
    }

    /// CPU seconds the broker used per million messages: delivered ones where any were.
    OptionalDouble cpuSecondsPerMillion() {
        long messages = delivered.sum() > 0 ? delivered.sum() : confirmed.sum();
        return cpu == null || messages == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(cpu.usedNanos() / 1e3 / messages);
    }

    /// A message was answered.
    void answered(Stamp stamp, boolean accepted) {
        long now = System.nanoTime();
        if (!accepted) {
            refused.increment();
            return;
        }
        ledger.accepted(stamp.client(), stamp.sequence());
        if (isMeasured(now)) {
            confirmed.increment();
        }
        if (isMeasured(stamp.dueNanos())) {
            confirmNanos.recordValue(Math.max(1, now - stamp.dueNanos()));
        }
    }

    /// A message arrived.
    void arrived(byte[] message) {
        long now = System.nanoTime();
        Stamp stamp = Stamp.of(message);
        if (stamp.run() != run) {
            return;
        }
        ledger.arrived(stamp.client(), stamp.sequence(), !ordered);
        if (isMeasured(now)) {
            delivered.increment();
        }
        if (isMeasured(stamp.dueNanos())) {
            deliveryNanos.recordValue(Math.max(1, now - stamp.dueNanos()));
        }
    }

    private boolean isMeasured(long nanos) {
        return nanos - fromNanos >= 0 && nanos - endNanos < 0;
    }
}
