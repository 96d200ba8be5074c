package io.polylog.log;

import io.polylog.io.Workers;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One shard of the local engine: a door into the shared [Log].
final class LocalShardLog implements ShardLog {
    private final ShardState shard;
    private final LocalStore store;
    private final Intake intake;
    private final int headBytes;
    private volatile Workers.@Nullable Running running;
    private volatile long epoch;

    LocalShardLog(ShardState shard, LocalStore store, Intake intake, int headBytes) {
        this.shard = shard;
        this.store = store;
        this.intake = intake;
        this.headBytes = headBytes;
    }

    ShardState state() {
        return shard;
    }

    /// The log leads from now on.
    void lead(long startCounter) {
        epoch = startCounter;
    }

    /// The commit thread runs from now on.
    void runs(Workers.Running commitThread) {
        running = commitThread;
    }

    @Override
    public void propose(Batch batch) {
        check(batch.commands());
        if (intake.propose(new Pending(shard, batch))) {
            wake();
        }
    }

    private void check(List<Command> commands) {
        if (commands.isEmpty()) {
            throw new IllegalArgumentException("a batch holds at least one command");
        }
        for (int i = 0; i < commands.size(); i++) {
            Command command = commands.get(i);
            ByteBuffer payload = command.payload();
            if (command.head().remaining() > headBytes) {
                throw new IllegalArgumentException("a head has at most " + headBytes + " bytes");
            }
            if (payload != null && payload.remaining() > Command.LARGEST_PAYLOAD_BYTES) {
                throw new IllegalArgumentException(
                        "a payload has at most " + Command.LARGEST_PAYLOAD_BYTES + " bytes");
            }
        }
    }

    @Override
    public void execute(Runnable task) {
        intake.execute(() -> {
            shard.touch();
            task.run();
        });
        wake();
    }

    private void wake() {
        Workers.Running thread = running;
        if (thread != null) {
            thread.wake();
        }
    }

    @Override
    public long epoch() {
        return epoch;
    }

    @Override
    public LocalStore store() {
        return store;
    }
}
