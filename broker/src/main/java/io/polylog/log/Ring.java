package io.polylog.log;

import io.polylog.io.Memory;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The newest blocks in memory: what the commit thread fills, the disk is written from, and readers
/// at the tail are served from. One writer, any number of readers; a reader copies first and asks
/// then whether what it copied was still there.
///
/// Addresses count bytes since the start and never go back; the memory holds the last `sizeBytes`
/// of them. A block never wraps around the end.
final class Ring {
    private static final int ALIGNMENT = BlockCodec.ALIGNMENT;

    private final ByteBuffer memory;
    private final int sizeBytes;
    private final int blockBytes;

    /// Addresses below this may be overwritten at any moment.
    private volatile long lowest;

    private volatile Stretches stretches = new Stretches(new long[0], new long[0]);
    private long head;
    private long nextPosition = -1;

    /// @param sizeBytes at least four blocks
    /// @param blockBytes the largest block
    Ring(int sizeBytes, int blockBytes) {
        if (sizeBytes < 4 * blockBytes) {
            throw new IllegalArgumentException("a ring holds at least four blocks");
        }
        this.sizeBytes = sizeBytes;
        this.blockBytes = blockBytes;
        memory = Memory.untouched(sizeBytes, ALIGNMENT).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// Makes room for a block at a log position and gives its place in [#memory].
    int begin(long position) {
        int place = (int) (head % sizeBytes);
        boolean wraps = place + blockBytes > sizeBytes;
        if (wraps) {
            head += sizeBytes - place;
            place = 0;
        }
        lowest = Math.max(lowest, head + blockBytes - sizeBytes);
        // Readers must see the new bound before any byte of the block.
        VarHandle.fullFence();
        if (wraps || position != nextPosition) {
            stretches = stretches.with(position, head, lowest);
        }
        return place;
    }

    /// The block begun last is complete.
    void end(long position, int paddedBytes) {
        head += paddedBytes;
        nextPosition = position + paddedBytes;
    }

    /// A view of the whole ring with a position and limit of its own.
    ByteBuffer memory() {
        return memory.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /// The whole ring, one view for all readers: its position and limit stay.
    ByteBuffer shared() {
        return memory;
    }

    /// The address of a log position, or -1 when it is not held.
    long address(long position) {
        long address = stretches.address(position);
        return address >= lowest ? address : -1;
    }

    /// Where an address lies in [#memory].
    int place(long address) {
        return (int) (address % sizeBytes);
    }

    /// Whether what was read from `address` before this call was not overwritten meanwhile.
    boolean stillHeld(long address) {
        VarHandle.acquireFence();
        return address >= lowest;
    }

    /// Copies `length` bytes; false when they are gone. They must lie in one block.
    boolean copy(long address, byte[] target, int at, int length) {
        int place = place(address);
        if (place + length > sizeBytes) {
            return false;
        }
        memory.get(place, target, at, length);
        return stillHeld(address);
    }

    /// Pieces of the log that lie in the ring without a gap: where each begins, in the log and in
    /// the ring, oldest first. Immutable.
    private record Stretches(long[] positions, long[] addresses) {
        Stretches with(long position, long address, long lowest) {
            int from = 0;
            while (from + 1 < addresses.length && addresses[from + 1] <= lowest) {
                from++;
            }
            int kept = addresses.length - from;
            long[] newPositions = new long[kept + 1];
            long[] newAddresses = new long[kept + 1];
            System.arraycopy(positions, from, newPositions, 0, kept);
            System.arraycopy(addresses, from, newAddresses, 0, kept);
            newPositions[kept] = position;
            newAddresses[kept] = address;
            return new Stretches(newPositions, newAddresses);
        }

        long address(long position) {
            int low = 0;
            int high = positions.length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (positions[middle] <= position) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            int found = low - 1;
            if (found < 0 || Position.segment(positions[found]) != Position.segment(position)) {
                return -1;
            }
            return addresses[found] + position - positions[found];
        }
    }
}
