package io.polylog.admin;

/// Whether the broker serves its clients. Asked on any thread.
@FunctionalInterface
public interface Readiness {
    boolean isReady();
}
