package io.polylog.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/// A small state machine for the log's tests. Its commands put, trim, drop and delete; its state is
/// each stream's floor, end and drops, and a checksum over everything applied. All methods but the
/// reading of figures run on the shard's thread.
final class RecordingMachine implements ShardMachine {
    static final int PUT = 1;
    static final int TRIM = 2;
    static final int DROP = 3;
    static final int DELETE = 4;
    static final int NOTE = 5;
    static final int FAIL = 6;

    private static final int CELL_STREAMS = 16;

    private final RecordStore store;
    private final Map<Long, State> streams = new TreeMap<>();
    private long applied;
    private long digest;
    private long lastIndex;
    private long lastTimeMs;
    private final AtomicLong committed = new AtomicLong();
    private volatile long epoch;
    private int replayed;

    /// A stream's state.
    private record State(long floor, long end, List<Long> dropped) {}

    RecordingMachine(RecordStore store) {
        this.store = store;
    }

    /// A command that puts its payload at the end of each of the streams.
    static Command put(byte[] payload, int span, long... streams) {
        ByteBuffer head = ByteBuffer.allocate(streams.length * Long.BYTES);
        for (long stream : streams) {
            head.putLong(stream);
        }
        return new Command(PUT, span, head.flip(), ByteBuffer.wrap(payload));
    }

    static Command trim(long stream, long floor) {
        return Command.of(TRIM, longs(stream, floor));
    }

    static Command drop(long stream, long offset, long span) {
        return Command.of(DROP, longs(stream, offset, span));
    }

    static Command delete(long stream) {
        return Command.of(DELETE, longs(stream));
    }

    static Command note(long value) {
        return Command.of(NOTE, longs(value));
    }

    private static ByteBuffer longs(long... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Long.BYTES);
        for (long value : values) {
            buffer.putLong(value);
        }
        return buffer.flip();
    }

    @Override
    public void apply(Entry entry) {
        if (entry.index() != lastIndex + 1) {
            throw new IllegalStateException(entry.index() + " after " + lastIndex);
        }
        if (entry.proposer() == null) {
            replayed++;
        }
        lastIndex = entry.index();
        lastTimeMs = entry.timeMs();
        for (Logged command : entry.commands()) {
            digest = digest * 31 + command.type();
            digest = digest * 31 + command.head().hashCode();
            apply(command);
            applied++;
        }
        digest = digest * 31 + entry.timeMs();
    }

    private void apply(Logged command) {
        ByteBuffer head = command.head();
        switch (command.type()) {
            case PUT -> put(command, head);
            case TRIM -> trimmed(head.getLong(), head.getLong());
            case DROP -> dropped(head.getLong(), head.getLong(), head.getLong());
            case DELETE -> deleted(head.getLong());
            case FAIL -> throw new IllegalStateException("told to fail");
            default -> {}
        }
    }

    private void put(Logged command, ByteBuffer head) {
        Locator locator = command.locator();
        if (locator == null) {
            throw new IllegalStateException("a put without a payload");
        }
        while (head.hasRemaining()) {
            long stream = head.getLong();
            State state = streams.getOrDefault(stream, new State(0, 0, List.of()));
            store.put(stream, state.end, command.span(), locator);
            streams.put(stream, new State(state.floor, state.end + command.span(), state.dropped));
        }
    }

    private void trimmed(long stream, long floor) {
        State state = streams.get(stream);
        if (state != null && floor > state.floor && floor <= state.end) {
            List<Long> left = state.dropped.stream().filter(offset -> offset >= floor).toList();
            streams.put(stream, new State(floor, state.end, left));
            store.trim(stream, floor);
        }
    }

    private void dropped(long stream, long offset, long span) {
        State state = streams.get(stream);
        if (state == null || offset + span > state.end) {
            return;
        }
        List<Long> all = new ArrayList<>(state.dropped);
        for (long at = Math.max(offset, state.floor); at < offset + span; at++) {
            if (!all.contains(at)) {
                all.add(at);
            }
        }
        streams.put(stream, new State(state.floor, state.end, List.copyOf(all)));
        store.drop(stream, offset, (int) span);
    }

    private void deleted(long stream) {
        if (streams.remove(stream) != null) {
            store.delete(stream);
        }
    }

    @Override
    public void committed() {
        committed.incrementAndGet();
    }

    @Override
    public void leading(long startCounter) {
        epoch = startCounter;
    }

    @Override
    public Snapshot checkpoint() {
        List<ByteBuffer> cells = new ArrayList<>();
        ByteBuffer first = ByteBuffer.allocate(64);
        first.put((byte) 0).putLong(applied).putLong(digest).putLong(lastIndex);
        cells.add(first.putLong(lastTimeMs).flip());
        List<Long> ids = List.copyOf(streams.keySet());
        for (int i = 0; i < ids.size(); i += CELL_STREAMS) {
            cells.add(cell(ids.subList(i, Math.min(ids.size(), i + CELL_STREAMS))));
        }
        int[] next = {0};
        return () -> next[0] < cells.size() ? cells.get(next[0]++) : null;
    }

    private ByteBuffer cell(List<Long> ids) {
        ByteBuffer cell = ByteBuffer.allocate(64 << 10);
        cell.put((byte) 1);
        for (long id : ids) {
            State state = streams.get(id);
            cell.putLong(id).putLong(state.floor).putLong(state.end);
            cell.putInt(state.dropped.size());
            state.dropped.forEach(cell::putLong);
        }
        return cell.flip();
    }

    @Override
    public void restore(ByteBuffer cell) {
        if (cell.get() == 0) {
            applied = cell.getLong();
            digest = cell.getLong();
            lastIndex = cell.getLong();
            lastTimeMs = cell.getLong();
            return;
        }
        while (cell.hasRemaining()) {
            long id = cell.getLong();
            long floor = cell.getLong();
            long end = cell.getLong();
            List<Long> dropped = new ArrayList<>();
            for (int left = cell.getInt(); left > 0; left--) {
                dropped.add(cell.getLong());
            }
            streams.put(id, new State(floor, end, List.copyOf(dropped)));
        }
    }

    @Override
    public void restored() {
        store.retain(streams::containsKey);
        streams.forEach((id, state) -> {
            store.trim(id, state.floor);
            state.dropped.forEach(offset -> store.drop(id, offset, 1));
        });
    }

    /// Everything that must be the same after a restart.
    String dump() {
        return "applied %d digest %x index %d streams %s"
                .formatted(applied, digest, lastIndex, streams);
    }

    long end(long stream) {
        State state = streams.get(stream);
        return state == null ? 0 : state.end;
    }

    /// Batches applied again since the start.
    int replayed() {
        return replayed;
    }

    long commits() {
        return committed.get();
    }

    long epoch() {
        return epoch;
    }
}
