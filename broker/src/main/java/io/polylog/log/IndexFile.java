package io.polylog.log;

import io.polylog.log.LogOpenException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The index file beside a sealed segment: which parts of which streams lie in it, and where their
/// records begin. Pages of 4 KiB, little endian:
///
/// ```
/// page 0            FormatHeader, then the fields of Header
/// then              pages of runs, [#RUNS_PER_PAGE] pairs each (see Runs)
/// then              pages of extents, [#ENTRIES_PER_PAGE] entries each
/// then              the pages of extents once more, against a bad sector
/// ```
///
/// A page begins with the CRC32C of its bytes 4 to 4096 and, at 4, the number of pairs or entries
/// in it; these begin at 8.
final class IndexFile {
    static final int PAGE_BYTES = 4096;
    static final int RUNS_PER_PAGE = 511;
    static final int ENTRIES_PER_PAGE = 63;

    private static final int CONTENT_AT = 8;
    private static final int ENTRY_BYTES = 64;
    private static final int FIELDS_AT = FormatHeader.BYTES;
    private static final int FIELDS_CRC_AT = FIELDS_AT + 32;

    private IndexFile() {}

    /// The fields of page 0, from byte 64 on: segment 4, kept-by 4, generation 8, pages of runs 4,
    /// entries 4, zero 8; then at 96 their CRC32C.
    ///
    /// @param keptBy a segment whose records need bytes of this one, or 0
    /// @param entries how many extents there are
    record Header(int segment, int keptBy, long generation, int runPages, int entries) {
        int entryPages() {
            return Math.ceilDiv(entries, ENTRIES_PER_PAGE);
        }

        /// Where the first or second copy of the extents begins.
        long entriesAt(int copy) {
            return PAGE_BYTES * (1L + runPages + (long) copy * entryPages());
        }

        long fileBytes() {
            return entriesAt(2);
        }
    }

    /// Where a page of runs begins.
    static long runPageAt(int page) {
        return (long) PAGE_BYTES * (1 + page);
    }

    // ---- page 0

    static void encodeHeader(ByteBuffer target, int at, Header header, DirectoryId directory) {
        ByteBuffer page = cleared(target, at);
        FormatHeader.encode(page, 0, Format.INDEX, directory);
        page.position(FIELDS_AT);
        page.putInt(header.segment).putInt(header.keptBy).putLong(header.generation);
        page.putInt(header.runPages).putInt(header.entries);
        page.putInt(FIELDS_CRC_AT, Crc.of(page, FIELDS_AT, FIELDS_CRC_AT - FIELDS_AT));
    }

    static Header decodeHeader(ByteBuffer source, DirectoryId directory, Object file)
            throws LogOpenException {
        FormatHeader.check(source, Format.INDEX, directory, file);
        ByteBuffer page = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (page.limit() < PAGE_BYTES
                || page.getInt(FIELDS_CRC_AT)
                        != Crc.of(page, FIELDS_AT, FIELDS_CRC_AT - FIELDS_AT)) {
            throw new LogOpenException(
                    Reason.DAMAGED, file + " is damaged in its first " + PAGE_BYTES + " bytes");
        }
        page.position(FIELDS_AT);
        Header header =
                new Header(
                        page.getInt(), page.getInt(), page.getLong(), page.getInt(), page.getInt());
        if (header.runPages < 0 || header.entries < 0) {
            throw new LogOpenException(Reason.DAMAGED, file + " is damaged: it counts below zero");
        }
        return header;
    }

    // ---- pages of runs

    /// Writes a page of runs given as pairs.
    ///
    /// @param pairs delta and place in turn, from `from` on
    static void encodeRuns(ByteBuffer target, int at, int[] pairs, int from, int count) {
        ByteBuffer page = cleared(target, at);
        page.position(CONTENT_AT);
        for (int i = from; i < from + count * 2; i++) {
            page.putInt(pairs[i]);
        }
        seal(page, count);
    }

    /// The pairs of a page, or null when it is damaged.
    static int @Nullable [] decodeRuns(ByteBuffer page) {
        if (!intact(page, RUNS_PER_PAGE)) {
            return null;
        }
        int[] pairs = new int[count(page) * 2];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = page.getInt(CONTENT_AT + i * Integer.BYTES);
        }
        return pairs;
    }

    // ---- pages of extents

    static void encodeEntries(ByteBuffer target, int at, List<IndexEntry> entries) {
        ByteBuffer page = cleared(target, at);
        for (int i = 0; i < entries.size(); i++) {
            IndexEntry entry = entries.get(i);
            page.position(CONTENT_AT + i * ENTRY_BYTES);
            page.putInt(entry.shard()).putInt(entry.runCount()).putLong(entry.stream());
            page.putLong(entry.first()).putLong(entry.end()).putLong(entry.payloadBytes());
            page.putLong(entry.recordBytes()).putLong(entry.lastTimeMs()).putInt(entry.runsAt());
        }
        seal(page, entries.size());
    }

    /// The entries of a page, or null when it is damaged.
    static @Nullable List<IndexEntry> decodeEntries(ByteBuffer page) {
        if (!intact(page, ENTRIES_PER_PAGE)) {
            return null;
        }
        List<IndexEntry> entries = new ArrayList<>();
        for (int i = 0; i < count(page); i++) {
            entries.add(decodeEntry(page, CONTENT_AT + i * ENTRY_BYTES));
        }
        return entries;
    }

    private static IndexEntry decodeEntry(ByteBuffer page, int at) {
        return new IndexEntry(
                page.getInt(at),
                page.getLong(at + 8),
                page.getLong(at + 16),
                page.getLong(at + 24),
                page.getInt(at + 56),
                page.getInt(at + 4),
                page.getLong(at + 32),
                page.getLong(at + 40),
                page.getLong(at + 48));
    }

    // ---- pages

    private static ByteBuffer cleared(ByteBuffer target, int at) {
        ByteBuffer page = target.slice(at, PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < PAGE_BYTES; i += Long.BYTES) {
            page.putLong(i, 0);
        }
        return page;
    }

    private static void seal(ByteBuffer page, int count) {
        page.putInt(Integer.BYTES, count);
        page.putInt(0, Crc.of(page, Integer.BYTES, PAGE_BYTES - Integer.BYTES));
    }

    private static boolean intact(ByteBuffer page, int most) {
        return page.limit() >= PAGE_BYTES
                && page.getInt(0) == Crc.of(page, Integer.BYTES, PAGE_BYTES - Integer.BYTES)
                && count(page) >= 0
                && count(page) <= most;
    }

    private static int count(ByteBuffer page) {
        return page.getInt(Integer.BYTES);
    }
}
