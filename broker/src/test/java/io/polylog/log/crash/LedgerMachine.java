package io.polylog.log.crash;

import io.polylog.log.RecordStore;
import io.polylog.log.ShardMachine;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The simulation's state machine of one shard. Tells a witness all that the log tells it.
final class LedgerMachine implements ShardMachine {
    private final RecordStore store;
    private final Witness witness;
    private final Books books = new Books();

    LedgerMachine(RecordStore store, Witness witness) {
        this.store = store;
        this.witness = witness;
        witness.begin();
    }

    @Override
    public void apply(Entry entry) {
        List<Act> acts = new ArrayList<>();
        long batch = -1;
        for (Logged logged : entry.commands()) {
            Act.Placed placed = Act.decode(logged.type(), logged.head());
            batch = acts.isEmpty() ? placed.batch() : batch;
            checkPlace(placed, batch, acts.size(), entry);
            checkLocator(logged, placed.act());
            acts.add(placed.act());
        }
        witness.applied(entry, batch, acts);
        books.apply(batch, acts, new Puts(entry));
    }

    /// Every second stream is one that is read here and there.
    private void expect(long stream) {
        store.expectScattered(stream, stream % 2 != 0);
    }

    private static void checkPlace(Act.Placed placed, long batch, int ordinal, Entry entry) {
        if (placed.batch() != batch
                || placed.ordinal() != ordinal
                || placed.count() != entry.commands().size()) {
            throw new Violation(
                    "entry %d has command %d.%d of %d at place %d.%d of %d"
                            .formatted(
                                    entry.index(),
                                    placed.batch(),
                                    placed.ordinal(),
                                    placed.count(),
                                    batch,
                                    ordinal,
                                    entry.commands().size()));
        }
    }

    private static void checkLocator(Logged logged, Act act) {
        int bytes = act instanceof Act.Append append ? append.payloadBytes() : -1;
        int span = act instanceof Act.Append append ? append.span() : 0;
        Locator locator = logged.locator();
        if (logged.span() != span || (locator == null ? -1 : locator.payloadBytes()) != bytes) {
            throw new Violation("a payload of " + bytes + " bytes is logged as " + logged);
        }
    }

    private final class Puts implements Books.Effects {
        private final Entry entry;

        Puts(Entry entry) {
            this.entry = entry;
        }

        @Override
        public void put(long stream, long offset, int span, int ordinal) {
            Locator locator = entry.commands().get(ordinal).locator();
            if (locator == null) {
                throw new Violation("command " + ordinal + " of " + entry + " has no payload");
            }
            expect(stream);
            store.put(stream, offset, span, locator);
        }

        @Override
        public void trim(long stream, long floor) {
            store.trim(stream, floor);
        }

        @Override
        public void drop(long stream, long offset, int span) {
            store.drop(stream, offset, span);
        }

        @Override
        public void delete(long stream) {
            store.delete(stream);
        }
    }

    @Override
    public void committed() {
        witness.committed();
    }

    @Override
    public void leading(long epoch) {
        witness.leading(epoch, books);
    }

    @Override
    public Snapshot checkpoint() {
        Iterator<ByteBuffer> cells = books.cells().iterator();
        return new Snapshot() {
            @Override
            public @Nullable ByteBuffer next() {
                return cells.hasNext() ? cells.next() : null;
            }
        };
    }

    @Override
    public void restore(ByteBuffer cell) {
        books.restore(cell);
    }

    @Override
    public void restored() {
        witness.restored(books);
        store.retain(books.streams()::containsKey);
        books.streams()
                .forEach((id, stream) -> {
                    expect(id);
                    store.trim(id, stream.floor);
                    stream.dropped.forEach(offset -> store.drop(id, offset, 1));
                });
    }
}
