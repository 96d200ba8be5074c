package io.polylog.io;

import java.util.SplittableRandom;

/// The same values again for the same seed: for simulations and generated load, never for secrets.
/// Any thread, though only one thread sees the order repeat.
public final class SeededEntropy implements Entropy {
    private final SplittableRandom random;

    public SeededEntropy(long seed) {
        random = new SplittableRandom(seed);
    }

    @Override
    public synchronized void fill(byte[] target) {
        random.nextBytes(target);
    }

    @Override
    public synchronized long nextLong() {
        return random.nextLong();
    }
}
