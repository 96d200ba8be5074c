package io.polylog.log;

import io.polylog.log.ShardMachine.Entry;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A small machine that writes down what its engine does to it: streams with their next offsets and
/// a chain over everything applied are its state, the notes are for the test. The engine's thread
/// changes it, the test reads the notes.
final class LedgerMachine implements ShardMachine {
    /// Puts its payload to the streams its head names.
    static final int PUT = 1;

    /// Does nothing but count.
    static final int NOTE = 2;

    static final int TRIM = 3;
    static final int DROP = 4;
    static final int DELETE = 5;

    private final RecordStore store;
    private final Map<Long, Long> ends = new TreeMap<>();
    private final Map<Long, Long> floors = new TreeMap<>();
    private long chain;
    private boolean inside;

    /// What happened, oldest first.
    final List<String> notes = new CopyOnWriteArrayList<>();

    /// Batches applied by this life, with and without a proposer.
    final List<Applied> applied = new CopyOnWriteArrayList<>();

    volatile long committedApplied;
    volatile long leadingEpoch;
    volatile @Nullable String complaint;
    volatile @Nullable Thread thread;

    LedgerMachine(RecordStore store) {
        this.store = store;
    }

    /// A batch as it was applied.
    record Applied(long index, long epoch, long timeMs, int commands, boolean replayed) {}

    static Command put(int span, byte[] payload, long... streams) {
        ByteBuffer head = ByteBuffer.allocate(8 * streams.length);
        Arrays.stream(streams).forEach(head::putLong);
        return new Command(PUT, span, head.flip(), ByteBuffer.wrap(payload));
    }

    static Command note(byte[] head) {
        return Command.of(NOTE, ByteBuffer.wrap(head));
    }

    static Command change(int type, long stream, long offset, long end) {
        ByteBuffer head = ByteBuffer.allocate(24);
        return Command.of(type, head.putLong(stream).putLong(offset).putLong(end).flip());
    }

    @Override
    public void apply(Entry entry) {
        enter();
        for (Logged command : entry.commands()) {
            chain = chained(chain, entry, command);
            carryOut(command);
        }
        boolean replayed = entry.proposer() == null;
        applied.add(
                new Applied(
                        entry.index(),
                        entry.epoch(),
                        entry.timeMs(),
                        entry.commands().size(),
                        replayed));
        if (entry.proposer() instanceof Noting noting) {
            noting.applied();
        }
        leave();
    }

    private static long chained(long chain, Entry entry, Logged command) {
        CRC32C crc = new CRC32C();
        ByteBuffer fixed = ByteBuffer.allocate(40);
        fixed.putLong(chain).putLong(entry.index()).putLong(entry.epoch()).putLong(entry.timeMs());
        fixed.putInt(command.type()).putInt(command.span());
        crc.update(fixed.flip());
        crc.update(command.head().duplicate());
        return crc.getValue();
    }

    private void carryOut(Logged command) {
        ByteBuffer head = command.head();
        switch (command.type()) {
            case PUT -> {
                while (head.hasRemaining()) {
                    put(head.getLong(), command);
                }
            }
            case TRIM -> {
                long stream = head.getLong();
                long floor = head.getLong();
                floors.put(stream, floor);
                store.trim(stream, floor);
            }
            case DROP -> {
                long stream = head.getLong();
                long offset = head.getLong();
                store.drop(stream, offset, (int) (head.getLong() - offset));
            }
            case DELETE -> {
                long stream = head.getLong();
                ends.remove(stream);
                floors.remove(stream);
                store.delete(stream);
            }
            default -> {}
        }
    }

    private void put(long stream, Logged command) {
        Locator locator = command.locator();
        if (locator == null) {
            complaint = "a payload without a locator";
            return;
        }
        long end = ends.getOrDefault(stream, 0L);
        store.put(stream, end, command.span(), locator);
        ends.put(stream, end + command.span());
    }

    @Override
    public void committed() {
        enter();
        committedApplied = applied.size();
        note("committed");
        leave();
    }

    @Override
    public void leading(long epoch) {
        enter();
        committedApplied = applied.size();
        leadingEpoch = epoch;
        note("leading");
        leave();
    }

    @Override
    public Snapshot checkpoint() {
        enter();
        Deque<ByteBuffer> cells = new ArrayDeque<>();
        cells.add(ByteBuffer.allocate(9).put((byte) 0).putLong(chain).flip());
        ends.forEach((stream, end) -> {
            ByteBuffer cell = ByteBuffer.allocate(25).put((byte) 1).putLong(stream).putLong(end);
            cells.add(cell.putLong(floors.getOrDefault(stream, 0L)).flip());
        });
        note("checkpoint");
        leave();
        return cells::poll;
    }

    @Override
    public void restore(ByteBuffer cell) {
        enter();
        if (cell.get() == 0) {
            chain = cell.getLong();
        } else {
            long stream = cell.getLong();
            ends.put(stream, cell.getLong());
            floors.put(stream, cell.getLong());
        }
        note("restore");
        leave();
    }

    @Override
    public void restored() {
        enter();
        store.retain(ends::containsKey);
        floors.forEach(store::trim);
        note("restored");
        leave();
    }

    /// A task handed to the engine says that it runs.
    void task(String name) {
        enter();
        note(name);
        leave();
    }

    private void note(String what) {
        notes.add(what);
    }

    /// One thread at a time, and nothing inside anything else.
    private void enter() {
        if (inside) {
            complaint = "called while another call is under way";
        }
        inside = true;
        thread = Thread.currentThread();
    }

    private void leave() {
        inside = false;
    }

    /// The whole state, as of the engine's last call.
    String dump() {
        return "chain " + chain + " ends " + ends;
    }

    /// The notes without those of a kind.
    List<String> notesExcept(String kind) {
        return new ArrayList<>(notes.stream().filter(note -> !note.equals(kind)).toList());
    }

    /// A proposer that the machine tells when it applies its batch.
    interface Noting extends Batch.Proposer {
        void applied();
    }
}
