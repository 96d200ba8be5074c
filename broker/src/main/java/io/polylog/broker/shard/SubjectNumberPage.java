package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Numbers of 4,096 offsets of a stream, 0 for none: 1, 2 or 4 bytes each, as many as the largest
/// needs. It grows to the highest offset that has one.
final class SubjectNumberPage extends Cell {
    static final int SHIFT = 12;
    static final int SIZE = 1 << SHIFT;
    private static final int LEAST = 16;

    final long stream;
    final long number;
    private int width = 1;
    private byte[] bytes = {};
    private int used;

    SubjectNumberPage(long stream, long number) {
        this.stream = stream;
        this.number = number;
    }

    /// Whether no offset has a number.
    boolean isEmpty() {
        return used == 0;
    }

    /// One past the highest place that may have a number.
    int end() {
        return bytes.length / width;
    }

    int at(int place) {
        if (place >= end()) {
            return 0;
        }
        return switch (width) {
            case 1 -> bytes[place] & 0xFF;
            case 2 -> (bytes[place * 2] & 0xFF) << 8 | (bytes[place * 2 + 1] & 0xFF);
            default -> ByteBuffer.wrap(bytes).getInt(place * 4);
        };
    }

    void put(int place, int value) {
        int needed = value < 1 << 8 ? 1 : value < 1 << 16 ? 2 : 4;
        if (needed > width) {
            widen(needed);
        }
        if (place >= end()) {
            int room = Math.max(LEAST, Integer.highestOneBit(place) << 1);
            bytes = Arrays.copyOf(bytes, room * width);
        }
        used += (value == 0 ? 0 : 1) - (at(place) == 0 ? 0 : 1);
        set(place, value);
    }

    private void set(int place, int value) {
        switch (width) {
            case 1 -> bytes[place] = (byte) value;
            case 2 -> {
                bytes[place * 2] = (byte) (value >> 8);
                bytes[place * 2 + 1] = (byte) value;
            }
            default -> ByteBuffer.wrap(bytes).putInt(place * 4, value);
        }
    }

    private void widen(int needed) {
        SubjectNumberPage narrow = new SubjectNumberPage(stream, number);
        narrow.width = width;
        narrow.bytes = bytes;
        int end = end();
        width = needed;
        bytes = new byte[end * needed];
        for (int place = 0; place < end; place++) {
            set(place, narrow.at(place));
        }
    }

    @Override
    public int kind() {
        return CellKind.SUBJECT_NUMBER_PAGE;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(number).octet(width).blob(bytes);
    }

    static SubjectNumberPage decode(HeadReader in) {
        SubjectNumberPage page = new SubjectNumberPage(in.number(), in.number());
        page.width = in.octet();
        page.bytes = in.blob();
        for (int place = 0; place < page.end(); place++) {
            page.used += page.at(place) == 0 ? 0 : 1;
        }
        return page;
    }
}
