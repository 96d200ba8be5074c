package io.polylog.io;

import java.security.SecureRandom;

/// The operating system's generator: fit for secrets and identities. Any thread.
public final class SystemEntropy implements Entropy {
    private final SecureRandom random = new SecureRandom();

    @Override
    public void fill(byte[] target) {
        random.nextBytes(target);
    }

    @Override
    public long nextLong() {
        return random.nextLong();
    }
}
