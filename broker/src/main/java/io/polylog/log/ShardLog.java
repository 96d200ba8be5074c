package io.polylog.log;

/// The log of one shard. Engines: the local local one over the shared physical log, the memory one
/// that applies at once and never writes, and later the cluster's.
public interface ShardLog {
    /// Takes a batch. Any thread; never blocks. The order of calls from one thread is the order of
    /// apply.
    void propose(Batch batch);

    /// Runs a task on the shard's thread, between batches, after everything handed over before it
    /// by this thread that is already applied. Any thread. For the volatile plane (consumers,
    /// credit).
    void execute(Runnable task);

    /// The leadership epoch: here the count of starts, raised by each; in the cluster the term.
    long epoch();

    /// Where this shard's payloads are found again.
    RecordStore store();
}
