package io.polylog.log;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Streams by id: one writer, any number of readers, no boxing. Open addressing; ids are never used
/// for two streams, so a place once given to an id stays its own until the table is rebuilt.
final class StreamMap {
    private static final int SMALLEST = 16;

    private volatile Table table = new Table(SMALLEST);
    private int used;
    private int live;

    /// The stream, or null.
    @Nullable StreamIndex find(long id) {
        return table.find(id);
    }

    void put(long id, StreamIndex stream) {
        if (used * 2 >= table.streams.length) {
            rebuild();
        }
        if (table.add(id, stream)) {
            used++;
        }
        live++;
    }

    void remove(long id) {
        if (table.remove(id)) {
            live--;
        }
    }

    int size() {
        return live;
    }

    List<StreamIndex> all() {
        List<StreamIndex> all = new ArrayList<>(live);
        for (StreamIndex stream : table.streams) {
            if (stream != null) {
                all.add(stream);
            }
        }
        return all;
    }

    private void rebuild() {
        Table old = table;
        int capacity = SMALLEST;
        while (capacity < live * 4) {
            capacity *= 2;
        }
        Table bigger = new Table(capacity);
        for (int i = 0; i < old.ids.length; i++) {
            StreamIndex stream = old.streams[i];
            if (stream != null) {
                bigger.add(old.ids[i], stream);
            }
        }
        used = live;
        table = bigger;
    }

    private static final class Table {
        final long[] ids;
        final boolean[] taken;
        final @Nullable StreamIndex[] streams;
        final int mask;

        Table(int capacity) {
            ids = new long[capacity];
            taken = new boolean[capacity];
            streams = new @Nullable StreamIndex[capacity];
            mask = capacity - 1;
        }

        /// The place of an id, or the free place where it belongs.
        private int place(long id) {
            int at = Long.hashCode(id * 0x9E3779B97F4A7C15L) & mask;
            while (taken[at] && ids[at] != id) {
                at = (at + 1) & mask;
            }
            return at;
        }

        @Nullable StreamIndex find(long id) {
            int at = place(id);
            VarHandle.acquireFence();
            return taken[at] ? streams[at] : null;
        }

        /// Whether a new place was taken.
        boolean add(long id, StreamIndex stream) {
            int at = place(id);
            boolean fresh = !taken[at];
            VarHandle.releaseFence();
            ids[at] = id;
            streams[at] = stream;
            VarHandle.releaseFence();
            taken[at] = true;
            return fresh;
        }

        boolean remove(long id) {
            int at = place(id);
            boolean was = streams[at] != null;
            streams[at] = null;
            return was;
        }
    }
}
