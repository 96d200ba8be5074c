package io.polylog.broker.core;

import io.polylog.broker.meta.BuiltIns;
import io.polylog.broker.meta.MetaMachine;
import io.polylog.broker.shard.Removals;
import io.polylog.broker.shard.Shard;
import io.polylog.log.RecordStore;
import io.polylog.log.ShardMachine;
import io.polylog.metrics.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The machines of one broker, made when their logs ask for them: each log hands over the store the
/// machine shall use.
public final class CoreMachines {
    private final Removals removals;
    private final Damages damages;
    private final MetaMachine meta;
    private final List<@Nullable Shard> data = new ArrayList<>();
    private @Nullable Shard memory;

    /// @param shards data shards, 1 to 255
    public CoreMachines(BuiltIns builtIns, int shards, Metrics metrics) {
        if (shards < 1 || shards > 255) {
            throw new IllegalArgumentException("shards must be 1 to 255, not " + shards);
        }
        removals = new Removals(metrics);
        damages = new Damages(metrics);
        meta = new MetaMachine(builtIns);
        for (int i = 0; i < shards; i++) {
            data.add(null);
        }
    }

    public int shards() {
        return data.size();
    }

    /// The machine of the definitions.
    public ShardMachine meta(RecordStore store) {
        return meta;
    }

    /// The machine of a data shard.
    public ShardMachine data(int shard, RecordStore store) {
        Shard made = new Shard(store, removals);
        data.set(shard, made);
        return made;
    }

    /// The machine of what lives in memory only.
    public ShardMachine memory(RecordStore store) {
        Shard made = new Shard(store, removals);
        memory = made;
        return made;
    }

    /// The durable state of definitions and data shards as text. While nothing is applied.
    String dump() {
        StringBuilder out = new StringBuilder(meta.catalog().dump()).append('\n');
        for (int shard = 0; shard < data.size(); shard++) {
            out.append("shard ").append(shard).append('\n').append(data(shard).dump());
        }
        return out.toString();
    }

    Removals removals() {
        return removals;
    }

    Damages damages() {
        return damages;
    }

    MetaMachine meta() {
        return meta;
    }

    Shard data(int shard) {
        return Objects.requireNonNull(data.get(shard), "a data shard has no log");
    }

    Shard memory() {
        return Objects.requireNonNull(memory, "the memory shard has no log");
    }
}
