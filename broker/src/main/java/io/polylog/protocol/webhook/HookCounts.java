package io.polylog.protocol.webhook;

import io.polylog.metrics.Counter;
import io.polylog.metrics.Label;
import io.polylog.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/// What a webhook did since the broker's start. Counted on its loop, read by any thread.
final class HookCounts {
    private final Counter delivered;
    private final Counter failed;
    private final Counter givenUp;
    private final Counter micros;
    private volatile long lastMs = -1;
    private volatile @Nullable Outcome last;

    HookCounts(Metrics metrics, HookName key) {
        Label webhook = new Label("webhook", key.toString());
        delivered =
                metrics.counter(
                        "polylog.webhooks.delivered",
                        "Messages that a webhook's receiver accepted.",
                        webhook);
        failed =
                metrics.counter(
                        "polylog.webhooks.failed",
                        "Requests of a webhook that were not accepted, or not answered.",
                        webhook);
        givenUp =
                metrics.counter(
                        "polylog.webhooks.given.up",
                        "Messages that a webhook gave up on: to the dead letters, where there are"
                                + " some.",
                        webhook);
        micros =
                metrics.counter(
                        "polylog.webhooks.request.micros",
                        "Microseconds that a webhook's requests took, together.",
                        webhook);
    }

    void ended(Outcome how, long atMs) {
        boolean accepted = how instanceof Outcome.Answered answered && answered.isAccepted();
        (accepted ? delivered : failed).increment();
        last = how;
        lastMs = atMs;
    }

    void givenUp() {
        givenUp.increment();
    }

    void took(long nanos) {
        micros.add(nanos / 1000);
    }

    long delivered() {
        return delivered.value();
    }

    long failed() {
        return failed.value();
    }

    long gaveUp() {
        return givenUp.value();
    }

    /// How the newest request ended, "" before the first.
    String last() {
        Outcome newest = last;
        return newest == null ? "" : newest.told();
    }

    /// When that was, milliseconds since 1970, or -1.
    long lastMs() {
        return lastMs;
    }
}
