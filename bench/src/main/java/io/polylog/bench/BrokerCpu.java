package io.polylog.bench;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/// The CPU time a process used, user and system, between two moments. Looks on a thread of its own.
final class BrokerCpu {
    private final CompletableFuture<Long> usedNanos;

    /// @param pid of the broker, on this machine
    /// @param fromNanos first moment, of [System#nanoTime]
    /// @param endNanos second moment
    BrokerCpu(long pid, long fromNanos, long endNanos) {
        ProcessHandle process = require(pid);
        CompletableFuture<Long> before =
                CompletableFuture.supplyAsync(() -> cpuNanos(process), at(fromNanos));
        usedNanos =
                before.thenCombine(
                        CompletableFuture.supplyAsync(() -> cpuNanos(process), at(endNanos)),
                        (first, second) -> second - first);
    }

    /// The process, if its CPU time can be read here; else refused.
    static ProcessHandle require(long pid) {
        return ProcessHandle.of(pid)
                .filter(process -> process.info().totalCpuDuration().isPresent())
                .orElseThrow(() ->
                        new IllegalArgumentException("--pid: no process " + pid + " to read"));
    }

    private static Executor at(long nanos) {
        return CompletableFuture.delayedExecutor(
                Math.max(0, nanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private static long cpuNanos(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    }

    /// Nanoseconds used. Waits for the second moment.
    long usedNanos() {
        return usedNanos.join();
    }
}
