package io.polylog.broker.proof;

import org.junit.jupiter.api.Nested;

/// The whole contract on the memory engine, but for what outlives the process.
final class BrokerInMemoryTest {
    @Nested
    final class WithOneShard extends WholeContract {
        @Override
        Rig.Durable makeRig() {
            return new ThreadedRig.InMemory(1);
        }
    }

    @Nested
    final class WithThreeShards extends WholeContract {
        @Override
        Rig.Durable makeRig() {
            return new ThreadedRig.InMemory(3);
        }
    }
}
