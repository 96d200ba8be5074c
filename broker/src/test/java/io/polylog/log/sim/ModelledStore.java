package io.polylog.log.sim;

import io.polylog.log.RecordStore;
import io.polylog.log.ShardMachine.Locator;
import io.polylog.log.sim.LoggedBatch.LoggedCommand;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// The modelled engine's records. It gives as little as the contract lets it: nothing before its
/// commit is over, fewer records than fit, dead ones now and then, and after a restart those that
/// died may be back. Complains about a machine that breaks the contract.
final class ModelledStore implements RecordStore {
    private final SplittableRandom random;
    private final Map<Long, NavigableMap<Long, Kept>> streams = new TreeMap<>();

    /// Streams by the end of what was ever put to them.
    private final Map<Long, Long> ends = new HashMap<>();

    private final Map<Long, LoggedCommand> locators = new HashMap<>();
    private @Nullable LoggedBatch applying;
    private long nextPosition = 1;
    private long shownIndex;

    ModelledStore(SplittableRandom random) {
        this.random = random;
    }

    /// A record.
    private static final class Kept {
        final long offset;
        final LoggedBatch batch;
        final LoggedCommand command;
        boolean dead;

        Kept(long offset, LoggedBatch batch, LoggedCommand command) {
            this.offset = offset;
            this.batch = batch;
            this.command = command;
        }

        long end() {
            return offset + command.span();
        }

        byte[] payload() {
            byte[] payload = command.payload();
            if (payload == null) {
                throw new IllegalStateException("a record without a payload");
            }
            return payload;
        }
    }

    // ---- for the engine

    /// The next batch is applied: locators of the one before are void.
    List<@Nullable Locator> begin(LoggedBatch batch) {
        applying = batch;
        locators.clear();
        List<@Nullable Locator> made = new ArrayList<>();
        for (LoggedCommand command : batch.commands()) {
            made.add(command.payload() == null ? null : locator(command));
        }
        return made;
    }

    private Locator locator(LoggedCommand command) {
        byte[] payload = command.payload();
        int payloadBytes = payload == null ? 0 : payload.length;
        locators.put(nextPosition, command);
        return new Locator(nextPosition++, payloadBytes + command.head().length + 32, payloadBytes);
    }

    void end() {
        applying = null;
        locators.clear();
    }

    /// A commit is over: readers see what it put.
    void show(long index) {
        shownIndex = index;
    }

    /// A checkpoint is complete: some of what is dead goes for ever.
    void checkpointed() {
        if (random.nextBoolean()) {
            streams.values().forEach(records -> records.values().removeIf(kept -> kept.dead));
        }
        streams.values().removeIf(Map::isEmpty);
    }

    /// What the next process finds: what was put up to the checkpoint. Replay puts the rest again.
    ModelledStore reopened(long cutIndex) {
        ModelledStore next = new ModelledStore(random);
        streams.forEach((stream, records) ->
                records.values().forEach(kept -> next.takeOver(stream, kept, cutIndex)));
        next.shownIndex = cutIndex;
        return next;
    }

    private void takeOver(long stream, Kept kept, long cutIndex) {
        if (kept.batch.index() > cutIndex) {
            return;
        }
        Kept again = new Kept(kept.offset, kept.batch, kept.command);
        again.dead = kept.dead && random.nextBoolean();
        streams.computeIfAbsent(stream, id -> new TreeMap<>()).put(kept.offset, again);
        ends.merge(stream, kept.end(), Math::max);
    }

    // ---- RecordStore

    @Override
    public void put(long stream, long offset, int span, Locator locator) {
        LoggedBatch batch = applying;
        LoggedCommand command = locators.get(locator.position());
        if (batch == null || command == null) {
            throw new IllegalStateException("a locator is valid during its apply only");
        }
        if (span != command.span()) {
            throw new IllegalStateException("put takes " + span + " offsets of " + command.span());
        }
        long end = ends.getOrDefault(stream, 0L);
        if (offset < end) {
            throw new IllegalStateException(
                    "stream " + stream + " goes back from " + end + " to " + offset);
        }
        ends.put(stream, offset + span);
        streams.computeIfAbsent(stream, id -> new TreeMap<>())
                .put(offset, new Kept(offset, batch, command));
    }

    @Override
    public void trim(long stream, long floor) {
        kept(stream).values().stream()
                .takeWhile(kept -> kept.end() <= floor)
                .forEach(kept -> kept.dead = true);
    }

    @Override
    public void drop(long stream, long offset, int span) {
        kept(stream).subMap(offset, offset + span).values().stream()
                .filter(kept -> kept.end() <= offset + span)
                .forEach(kept -> kept.dead = true);
    }

    @Override
    public void delete(long stream) {
        streams.remove(stream);
    }

    @Override
    public void retain(LongPredicate known) {
        streams.keySet().removeIf(stream -> !known.test(stream));
    }

    private NavigableMap<Long, Kept> kept(long stream) {
        return streams.getOrDefault(stream, new TreeMap<>());
    }

    @Override
    public Read read(long stream, long offset, int maxBytes) {
        List<StoredRecord> records = new ArrayList<>();
        NavigableMap<Long, Kept> kept = kept(stream);
        Long first = kept.floorKey(offset);
        long next = offset;
        long left = maxBytes;
        for (Kept record : kept.tailMap(first == null ? offset : first).values()) {
            if (record.end() <= offset || isHidden(record)) {
                continue;
            }
            left -= record.payload().length;
            boolean enough = !records.isEmpty() && (left < 0 || random.nextInt(20) == 0);
            if (enough) {
                break;
            }
            records.add(stored(record));
            next = record.end();
        }
        return new Read(records, next, null);
    }

    /// What is not committed is not seen; what is dead is seen half the time.
    private boolean isHidden(Kept record) {
        return record.batch.index() > shownIndex || (record.dead && random.nextBoolean());
    }

    private static StoredRecord stored(Kept record) {
        LoggedCommand command = record.command;
        return new StoredRecord(
                record.offset,
                command.span(),
                command.type(),
                record.batch.timeMs(),
                ByteBuffer.wrap(command.head().clone()),
                ByteBuffer.wrap(record.payload().clone()));
    }

    @Override
    public long owedBytes(long stream) {
        return kept(stream).values().stream()
                .filter(kept -> !kept.dead)
                .mapToLong(kept -> kept.payload().length)
                .sum();
    }
}
