package io.polylog.bench;

/// What is to be measured.
///
/// @param mode which figures are wanted
/// @param sizeBytes of each message
/// @param rate messages a second of all publishers together; 0 for as fast as confirms allow
/// @param seconds measured, after the warm-up
/// @param warmupSeconds before
/// @param clients publishers, and where messages are consumed as many consumers
/// @param window most messages of a publisher that wait for their answer, at full speed
record LoadSpec(
        Mode mode,
        int sizeBytes,
        int rate,
        int seconds,
        int warmupSeconds,
        int clients,
        int window) {
    /// What the load is.
    enum Mode {
        /// Publish only: time to the confirm.
        PUB,
        /// Publish and consume, as fast as possible unless a rate is given.
        BOTH,
        /// Publish and consume at a fixed rate: time from the moment a message was due.
        LATENCY;

        boolean consumes() {
            return this != PUB;
        }
    }

    LoadSpec {
        if (sizeBytes < Stamp.BYTES) {
            throw new IllegalArgumentException("--size must be " + Stamp.BYTES + " or more");
        }
        if (seconds < 1 || clients < 1 || window < 1 || warmupSeconds < 0 || rate < 0) {
            throw new IllegalArgumentException(
                    "--seconds, --clients and --window must be 1 or more, --rate and --warmup 0 or"
                            + " more");
        }
    }
}
