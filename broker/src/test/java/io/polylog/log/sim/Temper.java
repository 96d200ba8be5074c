package io.polylog.log.sim;

/// How unkind a modelled engine is: chances out of 1,000, per step unless said. Late commits, odd
/// groups of batches and checkpoints in slices come with each of them.
///
/// @param checkpoint that a checkpoint begins
/// @param forget that a batch under way is answered UNKNOWN though it goes on
/// @param depose that the shard loses its leader and gets a new epoch; what was under way is
///   answered UNKNOWN and survives as a prefix
/// @param busy per batch: that it is refused as BUSY
public record Temper(int checkpoint, int forget, int depose, int busy) {
    /// As the engine of what lives in memory behaves.
    public static final Temper MEMORY = new Temper(0, 0, 0, 0);

    /// As the engine of one node may behave.
    public static final Temper LOCAL = new Temper(20, 0, 0, 0);

    /// As a cluster's may.
    public static final Temper CLUSTER = new Temper(20, 10, 4, 10);
}
