package io.polylog.log;

/// What an engine keeps per shard beside the machine's own state. Touched by the shard's thread
/// only.
final class ShardState {
    final int id;
    final ShardMachine machine;

    /// Index of the next batch.
    long nextIndex = 1;

    /// Time of the newest batch: times never go back.
    long lastTimeMs;

    /// Whether effects wait for [ShardMachine#committed].
    private boolean touched;

    ShardState(int id, ShardMachine machine) {
        this.id = id;
        this.machine = machine;
    }

    /// Gives a batch its place and time.
    void stamp(Pending pending, long wallMs) {
        lastTimeMs = Math.max(lastTimeMs, wallMs);
        pending.index = nextIndex++;
        pending.timeMs = lastTimeMs;
    }

    void touch() {
        touched = true;
    }

    void commitIfTouched() {
        if (touched) {
            touched = false;
            machine.committed();
        }
    }
}
