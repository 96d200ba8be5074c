package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import java.util.ArrayList;
import java.util.List;

/// What was said of some messages that came back, in the order in which it was.
final class ErrorPage extends Cell {
    static final int MOST_ENTRIES = 256;
    private static final int MOST_CHARS = 8 * 1024;

    /// Pages are numbered as they come.
    final long number;

    private final List<Entry> entries = new ArrayList<>();

    /// Of errors that differ from the one before.
    private int chars;

    ErrorPage(long number) {
        this.number = number;
    }

    /// What was said of offsets that follow each other.
    ///
    /// @param subscription its id
    /// @param first the first
    /// @param end one past the last
    record Entry(long subscription, long first, long end, String error) {
        private Entry withError(String same) {
            return new Entry(subscription, first, end, same);
        }
    }

    boolean isFull() {
        return entries.size() >= MOST_ENTRIES || chars >= MOST_CHARS;
    }

    void add(Entry entry) {
        boolean again = !entries.isEmpty() && entries.getLast().error.equals(entry.error);
        chars += again ? 0 : entry.error.length();
        entries.add(again ? entry.withError(entries.getLast().error) : entry);
    }

    List<Entry> entries() {
        return entries;
    }

    @Override
    public int kind() {
        return CellKind.ERROR_PAGE;
    }

    /// An error that is that of the entry before is left out.
    @Override
    public void encode(HeadWriter out) {
        out.number(number).number(entries.size());
        String before = "";
        for (Entry entry : entries) {
            out.number(entry.subscription).number(entry.first).number(entry.end - entry.first);
            out.text(entry.error.equals(before) ? "" : entry.error);
            before = entry.error;
        }
    }

    static ErrorPage decode(HeadReader in) {
        ErrorPage page = new ErrorPage(in.number());
        int count = in.integer();
        String before = "";
        for (int i = 0; i < count; i++) {
            long subscription = in.number();
            long first = in.number();
            long end = first + in.number();
            String said = in.text();
            before = said.isEmpty() ? before : said;
            page.add(new Entry(subscription, first, end, before));
        }
        return page;
    }
}
