package io.polylog.log;

import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// The record store of one shard of the local engine: an index into the shared log.
final class LocalStore implements RecordStore {
    private final int shard;
    private final Applying applying;
    private final LogIndex index;
    private final RecordReader reader;
    private final StreamMap streams = new StreamMap();
    private long lastId;
    private @Nullable StreamIndex lastStream;

    LocalStore(int shard, Applying applying, LogIndex index, RecordReader reader) {
        this.shard = shard;
        this.applying = applying;
        this.index = index;
        this.reader = reader;
    }

    @Override
    public void put(long stream, long offset, int span, ShardMachine.Locator locator) {
        if (span < 1) {
            throw new IllegalArgumentException("a record takes at least one offset");
        }
        SegmentIndex segment = index.segment(Position.segment(locator.position()));
        long ordinal = applying.ordinal(locator.position());
        made(stream).put(offset, span, ordinal, locator, applying.timeMs(), segment);
    }

    @Override
    public void expectScattered(long stream, boolean scattered) {
        StreamIndex found = scattered ? made(stream) : known(stream);
        if (found != null) {
            found.scattered(scattered);
        }
    }

    private StreamIndex made(long id) {
        StreamIndex found = known(id);
        if (found == null) {
            found = new StreamIndex(shard, id);
            streams.put(id, found);
            lastId = id;
            lastStream = found;
        }
        return found;
    }

    private @Nullable StreamIndex known(long id) {
        StreamIndex found = lastStream;
        if (found == null || lastId != id) {
            found = streams.find(id);
            lastId = id;
            lastStream = found;
        }
        return found;
    }

    @Override
    public void trim(long stream, long floor) {
        StreamIndex found = known(stream);
        if (found != null) {
            found.trim(floor);
        }
    }

    @Override
    public void drop(long stream, long offset, int span) {
        StreamIndex found = known(stream);
        if (found != null) {
            found.drop(offset, offset + span);
        }
    }

    @Override
    public void delete(long stream) {
        StreamIndex found = known(stream);
        if (found != null) {
            found.delete();
            streams.remove(stream);
            lastStream = null;
        }
    }

    @Override
    public void retain(LongPredicate known) {
        for (StreamIndex stream : streams.all()) {
            if (!known.test(stream.id())) {
                delete(stream.id());
            }
        }
    }

    @Override
    public Read read(long stream, long offset, int maxBytes) {
        StreamIndex found = streams.find(stream);
        if (found == null) {
            return new Read(List.of(), offset, null);
        }
        return reader.read(found, offset, maxBytes);
    }

    @Override
    public long owedBytes(long stream) {
        StreamIndex found = known(stream);
        return found == null ? 0 : found.owedBytes();
    }

    /// Takes back an extent that an index file names; [#sort] follows when all are there.
    void restore(SegmentIndex segment, IndexEntry entry) {
        made(entry.stream()).restore(segment, entry);
    }

    /// Takes back an extent of the active segment.
    void restore(SegmentIndex active, IndexEntry entry, Runs runs) {
        made(entry.stream()).restore(active, entry, runs);
    }

    /// All extents are back.
    void sort() {
        streams.all().forEach(StreamIndex::sort);
    }
}
