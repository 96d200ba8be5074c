package io.polylog.broker.proof;

import org.junit.jupiter.api.Nested;

/// The whole contract on the real log, over a disk that loses what was not synced.
final class BrokerOnTheLocalLogTest {
    @Nested
    final class WithOneShard extends WholeContract.Durable {
        @Override
        Rig.Durable makeRig() {
            return new ThreadedRig.Local(1);
        }
    }

    @Nested
    final class WithThreeShards extends WholeContract.Durable {
        @Override
        Rig.Durable makeRig() {
            return new ThreadedRig.Local(3);
        }
    }
}
