package io.polylog.broker.shard;

import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.Collection;
import java.util.Map.Entry;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The newest message of each key of a stream, as long as the stream has it. Pages of keys in order
/// of their digests; a full one first forgets the keys whose message has gone, then splits. A key
/// takes 24 bytes, in pages that are half full at least. On the shard's thread.
final class KeyVersions {
    /// More are refused: they take some 40 MB.
    static final int MOST_KEYS = 1_000_000;

    private static final int FULL = KeyVersionPage.SIZE * 3 / 4;

    private final long stream;

    /// By the least digest that belongs to each; between them they cover all.
    private final TreeMap<Long, KeyVersionPage> pages = new TreeMap<>();

    /// Those whose message has gone, and who are not forgotten yet, count too.
    private int count;

    KeyVersions(long stream) {
        this.stream = stream;
    }

    /// The offset of a key's newest message, or -1 for none.
    ///
    /// @param start of the stream: what is below has gone
    long at(KeyDigest key, long start) {
        KeyVersionPage page = pageOf(key);
        int place = page == null ? -1 : page.find(key);
        return page == null || place < 0 || page.offset(place) < start ? -1 : page.offset(place);
    }

    /// Whether there is room for one more message of a key.
    boolean hasRoom(KeyDigest key, long start, Cells cells) {
        KeyVersionPage page = pageOf(key);
        if (page == null || count < MOST_KEYS || page.find(key) >= 0) {
            return true;
        }
        forgetBelow(page, start, cells);
        return count < MOST_KEYS;
    }

    /// A message of a key was stored.
    void put(KeyDigest key, long offset, long start, Cells cells) {
        KeyVersionPage page = pageOf(key);
        if (page == null) {
            page = born(new KeyVersionPage(stream, Long.MIN_VALUE), cells);
        }
        cells.touch(page);
        int place = page.find(key);
        if (place >= 0) {
            page.set(place, offset);
            return;
        }
        if (page.count() >= KeyVersionPage.SIZE) {
            page = withRoom(page, key, start, cells);
            place = page.find(key);
        }
        page.insert(-1 - place, key, offset);
        count++;
    }

    private KeyVersionPage withRoom(KeyVersionPage full, KeyDigest key, long start, Cells cells) {
        forgetBelow(full, start, cells);
        if (full.count() < FULL) {
            return full;
        }
        KeyVersionPage upper = born(full.split(), cells);
        return key.high() < upper.from ? full : upper;
    }

    private void forgetBelow(KeyVersionPage page, long start, Cells cells) {
        cells.touch(page);
        count -= page.forgetBelow(start);
    }

    private KeyVersionPage born(KeyVersionPage page, Cells cells) {
        pages.put(page.from, cells.born(page));
        return page;
    }

    private @Nullable KeyVersionPage pageOf(KeyDigest key) {
        Entry<Long, KeyVersionPage> entry = pages.floorEntry(key.high());
        return entry == null ? null : entry.getValue();
    }

    // Checkpoints ----------------------------------------------------------------------------

    void restore(KeyVersionPage page) {
        pages.put(page.from, page);
        count += page.count();
    }

    Collection<? extends Cell> cells() {
        return pages.values();
    }

    void dump(StringBuilder out) {
        out.append("  versions");
        pages.values()
                .forEach(
                        page -> out.append(' ').append(page.from).append('+').append(page.count()));
        out.append('\n');
    }
}
