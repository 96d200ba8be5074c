package io.polylog.broker.core;

import io.polylog.broker.Topic;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Chooses the partition of a message: the one asked for, else by the key's hash (the one that
/// clients of partitioned topics use themselves), else one for each publishing session.
final class Partitioning {
    private static final int MULTIPLIER = 0x5bd1e995;
    private static final int SEED = 0x9747b28c;

    private Partitioning() {}

    static Topic.Partition choose(Topic topic, int partition, byte @Nullable [] key, long session) {
        List<Topic.Partition> all = topic.partitions();
        int count = all.size();
        if (count == 1) {
            return all.getFirst();
        }
        if (partition >= 0 && partition < count) {
            return all.get(partition);
        }
        int chosen =
                key != null
                        ? (murmur2(key) & Integer.MAX_VALUE) % count
                        : (int) Long.remainderUnsigned(session, count);
        return all.get(chosen);
    }

    /// MurmurHash2, 32 bits (Austin Appleby, public domain), with the seed every client shares.
    static int murmur2(byte[] data) {
        int hash = SEED ^ data.length;
        int words = data.length / 4;
        for (int word = 0; word < words; word++) {
            int at = word * 4;
            int value =
                    (data[at] & 0xFF)
                            | (data[at + 1] & 0xFF) << 8
                            | (data[at + 2] & 0xFF) << 16
                            | data[at + 3] << 24;
            value *= MULTIPLIER;
            value ^= value >>> 24;
            value *= MULTIPLIER;
            hash = (hash * MULTIPLIER) ^ value;
        }
        int rest = words * 4;
        int tail = 0;
        for (int i = data.length - 1; i >= rest; i--) {
            tail = tail << 8 | (data[i] & 0xFF);
        }
        if (data.length > rest) {
            hash = (hash ^ tail) * MULTIPLIER;
        }
        hash ^= hash >>> 13;
        hash *= MULTIPLIER;
        return hash ^ hash >>> 15;
    }
}
