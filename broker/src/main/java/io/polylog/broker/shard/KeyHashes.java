package io.polylog.broker.shard;

import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/// By which key each message of a stream is ordered: 32 bits of the key's hash, 0 for none, in
/// pages that exist only where a message has one. Two keys of one hash are ordered as one. On the
/// shard's thread.
final class KeyHashes {
    private final long stream;
    private final TreeMap<Long, KeyHashPage> pages = new TreeMap<>();

    KeyHashes(long stream) {
        this.stream = stream;
    }

    void put(long offset, int hash, Cells cells) {
        long number = offset >> KeyHashPage.SHIFT;
        KeyHashPage page = pages.get(number);
        if (page == null) {
            page = cells.born(new KeyHashPage(stream, number));
            pages.put(number, page);
        }
        cells.touch(page);
        page.put((int) (offset & KeyHashPage.SIZE - 1), hash);
    }

    int at(long offset) {
        KeyHashPage page = pages.get(offset >> KeyHashPage.SHIFT);
        return page == null ? 0 : page.at((int) (offset & KeyHashPage.SIZE - 1));
    }

    /// Everything below an offset has gone.
    void forgetBelow(long floor, Cells cells) {
        Map<Long, KeyHashPage> gone = pages.headMap(floor >> KeyHashPage.SHIFT);
        gone.values().forEach(cells::touch);
        gone.clear();
    }

    void restore(KeyHashPage page) {
        pages.put(page.number, page);
    }

    Collection<? extends Cell> cells() {
        return pages.values();
    }

    void dump(long start, long end, StringBuilder out) {
        out.append("  keys");
        for (long offset = start; offset < end; offset++) {
            if (at(offset) != 0) {
                out.append(' ').append(offset).append('=').append(at(offset));
            }
        }
        out.append('\n');
    }
}
