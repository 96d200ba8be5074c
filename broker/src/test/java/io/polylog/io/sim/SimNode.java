package io.polylog.io.sim;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/// The content of one simulated file: what a reader sees (the page cache), what is on the medium,
/// and the writes between them in the order they were done.
final class SimNode {
    static final int SECTOR = 512;
    static final int PAGE = 4096;

    /// A change that is not durable yet.
    private sealed interface Change {}

    /// Whole sectors as they were after the write.
    private record Sectors(int position, byte[] content) implements Change {}

    private record Growth(int bytes) implements Change {}

    private record Cut(int bytes) implements Change {}

    private byte[] seen = new byte[0];
    private int seenLength;
    private byte[] durable = new byte[0];
    private int durableLength;
    private final List<Change> unsynced = new ArrayList<>();
    private final BitSet pages = new BitSet();

    int length() {
        return seenLength;
    }

    long allocatedBytes() {
        return (long) pages.cardinality() * PAGE;
    }

    /// Bytes of new pages that a write would take.
    long growthBytes(long position, int bytes) {
        long growth = 0;
        for (long page = position / PAGE; page * PAGE < position + bytes; page++) {
            growth += pages.get((int) page) ? 0 : PAGE;
        }
        return growth;
    }

    int read(ByteBuffer into, long position) {
        if (!into.hasRemaining()) {
            return 0;
        }
        if (position >= seenLength) {
            return -1;
        }
        int bytes = (int) Math.min(into.remaining(), seenLength - position);
        into.put(seen, (int) position, bytes);
        return bytes;
    }

    /// Writes to the cache only.
    void write(byte[] bytes, int position) {
        int end = position + bytes.length;
        see(bytes, position);
        int first = position / SECTOR * SECTOR;
        int last = (end + SECTOR - 1) / SECTOR * SECTOR;
        seen = atLeast(seen, last);
        if (end > seenLength) {
            seenLength = end;
            unsynced.add(new Growth(end));
        }
        unsynced.add(new Sectors(first, Arrays.copyOfRange(seen, first, last)));
    }

    /// Writes sectors that are on the medium at once. Older unsynced versions of them are gone.
    void writeDurably(byte[] bytes, int position) {
        int end = position + bytes.length;
        supersede(position, end);
        see(bytes, position);
        seenLength = Math.max(seenLength, end);
        keep(bytes, position);
        durableLength = Math.max(durableLength, end);
    }

    /// A durable write that was cut short: of its sectors some are on the medium. What is not may
    /// be in the cache (the process was killed, the machine goes on) or nowhere.
    void tear(byte[] bytes, int position, Survival survival, boolean cached) {
        for (int at = 0; at < bytes.length; at += SECTOR) {
            int end = Math.min(bytes.length, at + SECTOR);
            byte[] sector = Arrays.copyOfRange(bytes, at, end);
            if (survival.keeps()) {
                writeDurably(sector, position + at);
            } else if (cached) {
                write(sector, position + at);
            }
        }
    }

    void setLength(int bytes) {
        if (bytes < seenLength) {
            Arrays.fill(seen, bytes, seenLength, (byte) 0);
            freePagesFrom(bytes);
            unsynced.add(new Cut(bytes));
        } else {
            seen = atLeast(seen, bytes);
            unsynced.add(new Growth(bytes));
        }
        seenLength = bytes;
    }

    void sync() {
        unsynced.forEach(this::settle);
        unsynced.clear();
    }

    /// A sync failed: the cache takes its pages for clean, though they are not on the medium.
    ///
    /// @param evict whether the cache then also drops them, so that readers see the old content
    void loseUnsynced(boolean evict) {
        unsynced.clear();
        if (evict) {
            showDurable();
        }
    }

    /// Only the medium is left, with what of the unsynced changes happened to get there.
    void losePower(Survival survival) {
        for (Change change : unsynced) {
            keepSome(change, survival);
        }
        unsynced.clear();
        showDurable();
    }

    void flip(int position, int bit) {
        seen[position] ^= (byte) (1 << bit);
        durable = atLeast(durable, position + 1);
        durable[position] ^= (byte) (1 << bit);
    }

    SimNode copy() {
        SimNode copy = new SimNode();
        copy.seen = seen.clone();
        copy.seenLength = seenLength;
        copy.durable = durable.clone();
        copy.durableLength = durableLength;
        copy.unsynced.addAll(unsynced);
        copy.pages.or(pages);
        return copy;
    }

    private void see(byte[] bytes, int position) {
        seen = atLeast(seen, position + bytes.length);
        System.arraycopy(bytes, 0, seen, position, bytes.length);
        if (bytes.length > 0) {
            pages.set(position / PAGE, (position + bytes.length - 1) / PAGE + 1);
        }
    }

    private void keep(byte[] bytes, int position) {
        durable = atLeast(durable, position + bytes.length);
        System.arraycopy(bytes, 0, durable, position, bytes.length);
    }

    private void settle(Change change) {
        switch (change) {
            case Sectors sectors -> keep(sectors.content, sectors.position);
            case Growth growth -> durableLength = Math.max(durableLength, growth.bytes);
            case Cut cut -> {
                Arrays.fill(durable, Math.min(cut.bytes, durable.length), durable.length, (byte) 0);
                durableLength = cut.bytes;
            }
        }
    }

    private void keepSome(Change change, Survival survival) {
        if (change instanceof Sectors sectors) {
            for (int at = 0; at < sectors.content.length; at += SECTOR) {
                if (survival.keeps()) {
                    byte[] sector = Arrays.copyOfRange(sectors.content, at, at + SECTOR);
                    keep(sector, sectors.position + at);
                }
            }
        } else if (survival.keeps()) {
            settle(change);
        }
    }

    /// Before a durable write: it also makes the file's length durable, and no older version of its
    /// sectors can reach the medium any more.
    private void supersede(int position, int end) {
        if (unsynced.stream().anyMatch(Cut.class::isInstance)) {
            sync(); // what a cut did to older writes depends on their order: keep that simple
        }
        List<Change> before = List.copyOf(unsynced);
        unsynced.clear();
        for (Change change : before) {
            if (change instanceof Sectors sectors) {
                addPart(sectors, sectors.position, position);
                addPart(sectors, end, sectors.position + sectors.content.length);
            } else {
                settle(change);
            }
        }
    }

    private void addPart(Sectors sectors, int from, int to) {
        int first = Math.max(from, sectors.position);
        int last = Math.min(to, sectors.position + sectors.content.length);
        if (first < last) {
            int shift = sectors.position;
            byte[] part = Arrays.copyOfRange(sectors.content, first - shift, last - shift);
            unsynced.add(new Sectors(first, part));
        }
    }

    private void showDurable() {
        durable = Arrays.copyOf(durable, durableLength);
        seen = durable.clone();
        seenLength = durableLength;
        freePagesFrom(seenLength);
    }

    private void freePagesFrom(int bytes) {
        int first = (bytes + PAGE - 1) / PAGE;
        pages.clear(first, Math.max(first, pages.length()));
    }

    private static byte[] atLeast(byte[] array, int length) {
        if (array.length >= length) {
            return array;
        }
        return Arrays.copyOf(array, Math.max(length, array.length * 3 / 2));
    }
}
