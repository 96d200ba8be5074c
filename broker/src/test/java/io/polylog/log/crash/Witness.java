package io.polylog.log.crash;

import io.polylog.log.ShardMachine;
import java.util.List;

/// Sees what the log tells a machine. On the shard's thread.
interface Witness {
    /// A new machine, over an empty state.
    void begin();

    /// The checkpoint is back.
    void restored(Books books);

    /// A batch is about to be applied.
    void applied(ShardMachine.Entry entry, long batch, List<Act> content);

    /// A commit is over.
    void committed();

    /// Replay is over.
    void leading(long epoch, Books books);

    /// One that has nothing to say.
    static Witness silent() {
        return new Witness() {
            @Override
            public void begin() {}

            @Override
            public void restored(Books books) {}

            @Override
            public void applied(ShardMachine.Entry entry, long batch, List<Act> content) {}

            @Override
            public void committed() {}

            @Override
            public void leading(long epoch, Books books) {}
        };
    }
}
