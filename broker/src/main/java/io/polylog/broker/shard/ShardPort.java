package io.polylog.broker.shard;

import io.polylog.broker.Mailbox;
import io.polylog.log.Batch;
import io.polylog.log.RecordStore;
import io.polylog.log.ShardLog;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The way from any thread to a shard: commands through its log, and questions to its volatile
/// plane on its thread. Any thread.
public final class ShardPort {
    private final int number;
    private final Shard shard;
    private final ShardLog log;

    public ShardPort(int number, Shard shard, ShardLog log) {
        this.number = number;
        this.shard = shard;
        this.log = log;
    }

    /// Lets the shard remove what is too much or too old.
    ///
    /// @param watch hears what the shard cannot do alone
    public void begin(Watch watch) {
        run(serving -> serving.begin(log, watch));
    }

    /// The shard's number in stream ids.
    public int number() {
        return number;
    }

    public void propose(Batch batch) {
        log.propose(batch);
    }

    /// Does something on the shard's thread.
    public void run(Consumer<Serving> task) {
        log.execute(() -> {
            task.accept(shard.serving());
            shard.committed();
        });
    }

    /// Asks something on the shard's thread; the answer comes to the mailbox with the effects of
    /// the same moment, after those gathered before.
    public <T extends @Nullable Object> void ask(
            Mailbox mailbox, Function<Serving, T> question, Consumer<T> answer) {
        run(serving -> {
            T found = question.apply(serving);
            serving.post(mailbox, () -> answer.accept(found));
        });
    }

    /// The ends of a stream as of the last commit, or null.
    public @Nullable StreamEnds ends(long stream) {
        return shard.ends(stream);
    }

    public RecordStore store() {
        return log.store();
    }

    public long epoch() {
        return log.epoch();
    }
}
