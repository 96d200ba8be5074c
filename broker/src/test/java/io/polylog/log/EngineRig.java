package io.polylog.log;

import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// An engine as the contract test drives it: one shard, and a way to let it work.
interface EngineRig extends AutoCloseable {
    /// Starts the shard's log over a machine, again after a crash where the engine keeps anything.
    ShardLog start(Function<RecordStore, ShardMachine> machine);

    /// Lets the engine work until the condition holds; fails when it never does.
    void await(BooleanSupplier condition);

    /// Sets the wall clock forward or back, as an operator does.
    void jumpWallMs(long ms);

    @Override
    void close();

    /// An engine that keeps what it answered.
    interface Durable extends EngineRig {
        /// The process dies and loses what may be lost.
        void crash();

        /// Takes a checkpoint and waits for it.
        void checkpoint();

        void diskFull(boolean full);
    }
}
