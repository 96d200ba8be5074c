package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Up to 256 subjects of a stream's [SubjectIndex], by number; fewer where they are long.
final class SubjectPage extends Cell {
    static final int SHIFT = 8;
    static final int SIZE = 1 << SHIFT;
    private static final int LEAST = 8;

    /// Of its subjects together: a page is a cell.
    private static final int MOST_BYTES = 24 * 1024;

    final long stream;

    /// Its own; the first is 0.
    final int number;

    /// By place; null where none is.
    private byte[] @Nullable [] subjects = new byte[LEAST] @Nullable [];

    private int[] counts = new int[LEAST];
    private long[] firsts = new long[LEAST];
    private long[] lasts = new long[LEAST];
    private int used;
    private int bytes;

    SubjectPage(long stream, int number) {
        this.stream = stream;
        this.number = number;
    }

    int used() {
        return used;
    }

    /// Whether a subject of so many bytes has room.
    boolean hasRoom(int length) {
        return used == 0 || (used < SIZE && bytes + length <= MOST_BYTES);
    }

    /// Whether any subject has room.
    boolean hasRoom() {
        return hasRoom(1);
    }

    /// Takes a subject in, of which there is no message yet.
    ///
    /// @return its place, the first that is free
    int add(byte[] subject) {
        int place = 0;
        while (place < subjects.length && subjects[place] != null) {
            place++;
        }
        reach(place);
        subjects[place] = subject;
        counts[place] = 0;
        used++;
        bytes += subject.length;
        return place;
    }

    private void reach(int place) {
        if (place >= counts.length) {
            int room = Math.min(SIZE, Math.max(place + 1, counts.length * 2));
            subjects = Arrays.copyOf(subjects, room);
            counts = Arrays.copyOf(counts, room);
            firsts = Arrays.copyOf(firsts, room);
            lasts = Arrays.copyOf(lasts, room);
        }
    }

    void remove(int place) {
        bytes -= subject(place).length;
        used--;
        subjects[place] = null;
        counts[place] = 0;
        firsts[place] = 0;
        lasts[place] = 0;
    }

    boolean has(int place) {
        return place < subjects.length && subjects[place] != null;
    }

    byte[] subject(int place) {
        return Objects.requireNonNull(subjects[place]);
    }

    /// How many messages of it there are.
    int count(int place) {
        return counts[place];
    }

    /// The oldest of them is here, or after.
    long first(int place) {
        return firsts[place];
    }

    /// The newest of them is here, or before.
    long last(int place) {
        return lasts[place];
    }

    void first(int place, long offset) {
        firsts[place] = offset;
    }

    void last(int place, long offset) {
        lasts[place] = offset;
    }

    /// A message more.
    void stored(int place, long offset) {
        if (counts[place]++ == 0) {
            firsts[place] = offset;
        }
        lasts[place] = offset;
    }

    /// A message less.
    ///
    /// @return whether there is none left
    boolean removed(int place) {
        return --counts[place] == 0;
    }

    @Override
    public int kind() {
        return CellKind.SUBJECT_PAGE;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(number).number(used);
        for (int place = 0; place < subjects.length; place++) {
            if (has(place)) {
                out.octet(place).blob(subject(place)).number(counts[place]);
                out.number(firsts[place]).number(lasts[place]);
            }
        }
    }

    static SubjectPage decode(HeadReader in) {
        SubjectPage page = new SubjectPage(in.number(), in.integer());
        page.used = in.integer();
        for (int left = page.used; left > 0; left--) {
            int place = in.octet();
            page.reach(place);
            byte[] subject = in.blob();
            page.subjects[place] = subject;
            page.bytes += subject.length;
            page.counts[place] = in.integer();
            page.firsts[place] = in.number();
            page.lasts[place] = in.number();
        }
        return page;
    }
}
