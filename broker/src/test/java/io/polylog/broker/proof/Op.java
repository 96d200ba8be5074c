package io.polylog.broker.proof;

import io.polylog.broker.Settlement;

/// One step of a history. Numbers name places in tables that wrap around, so that a history stays
/// meaningful when steps are left out of it.
sealed interface Op {
    record Declare(int queue) implements Op {}

    record Delete(int queue) implements Op {}

    /// Publishes messages to one queue.
    record Publish(int session, int queue, int count) implements Op {}

    /// Publishes messages to a subject that every queue is bound to.
    record Spread(int session, int count) implements Op {}

    /// Attaches a consumer.
    record Consume(int session, int queue, int credit) implements Op {}

    /// Attaches a consumer to a named subscription of the topic.
    record Subscribe(int session, int name, int credit) implements Op {}

    record CloseConsumer(int session, int consumer) implements Op {}

    record Take(int session, int queue) implements Op {}

    /// Settles deliveries that the session holds, from the nth on.
    record Settle(int session, int from, int count, Settlement how, boolean awaited)
            implements Op {}

    record CloseSession(int session) implements Op {}

    /// A producer sends its next batch.
    record Append(int producer, int count) implements Op {}

    /// A producer sends one of its last batches again though it was answered.
    record Retry(int producer, int back) implements Op {}

    /// Publishes keyed messages to a topic that does not keep all of them.
    record Keep(int topic, int key, int count) implements Op {}

    /// A producer that sends one batch and is never heard of again.
    record Stray() implements Op {}

    /// Time passes.
    record Pass(int seconds) implements Op {}

    record Purge(int queue) implements Op {}

    record DiskFull(boolean full) implements Op {}

    /// A checkpoint of everything, at once.
    record Checkpoint() implements Op {}

    /// The process dies in the middle of what it does and is started again.
    record Crash() implements Op {}

    /// Things go on for a while.
    record Work(int steps) implements Op {}

    /// Things go on until nothing is left to do.
    record Quiesce() implements Op {}
}
