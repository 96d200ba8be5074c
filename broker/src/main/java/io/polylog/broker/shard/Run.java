package io.polylog.broker.shard;

/// Offsets that follow each other and share an attempt: the answer of a search, used over and over.
final class Run {
    long first;
    long end;
    int attempt;

    void set(long from, long to, int sharedAttempt) {
        first = from;
        end = to;
        attempt = sharedAttempt;
    }
}
