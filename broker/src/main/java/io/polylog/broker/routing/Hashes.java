package io.polylog.broker.routing;

/// Hashes of 64 bits, the same in every version: which queue a key leads to depends on them.
final class Hashes {
    // FNV-1a (Fowler, Noll, Vo; public domain).
    private static final long BASIS = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    private Hashes() {}

    static long of(String text) {
        long hash = BASIS;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * PRIME;
        }
        return mixed(hash);
    }

    /// The finish of MurmurHash3 (Austin Appleby, public domain): each bit depends on all.
    static long mixed(long bits) {
        long hash = bits;
        hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
        hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
        return hash ^ hash >>> 33;
    }
}
