package io.polylog.broker.core;

import io.polylog.log.sim.Temper;

/// The engines every contract test runs on.
enum Engine {
    MEMORY_1_SHARD,
    MEMORY_3_SHARDS,
    MODEL_1_SHARD,
    MODEL_3_SHARDS;

    private static final long SEED = 20_261_121;

    Rig open() {
        return switch (this) {
            case MEMORY_1_SHARD -> new MemoryRig(1);
            case MEMORY_3_SHARDS -> new MemoryRig(3);
            case MODEL_1_SHARD -> new ModelRig(SEED, 1, Temper.LOCAL);
            case MODEL_3_SHARDS -> new ModelRig(SEED, 3, Temper.LOCAL);
        };
    }

    boolean isDurable() {
        return this == MODEL_1_SHARD || this == MODEL_3_SHARDS;
    }
}
