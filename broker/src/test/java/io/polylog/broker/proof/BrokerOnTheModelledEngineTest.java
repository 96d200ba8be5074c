package io.polylog.broker.proof;

import io.polylog.log.sim.Temper;
import org.junit.jupiter.api.Nested;

/// The whole contract on the modelled engine, which commits late and in odd groups.
final class BrokerOnTheModelledEngineTest {
    private static final long SEED = Long.getLong("polylog.seed", 1);

    @Nested
    final class WithOneShard extends WholeContract.Durable {
        @Override
        Rig.Durable makeRig() {
            return new ModelledRig(SEED, 1, Temper.LOCAL);
        }
    }

    @Nested
    final class WithThreeShards extends WholeContract.Durable {
        @Override
        Rig.Durable makeRig() {
            return new ModelledRig(SEED, 3, Temper.LOCAL);
        }
    }
}
