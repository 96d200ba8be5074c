package io.polylog.log;

import io.polylog.log.LogOpenException.Reason;
import io.polylog.log.Manifest.SegmentName;
import io.polylog.log.Manifest.ShardPoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Brings shards and index to where they were: the checkpoint first, then the log after it. Changes
/// nothing on disk until all of it has worked. The starting thread.
final class Restore {
    private final SegmentFiles files;
    private final Catalog catalog;
    private final Map<Integer, LocalShardLog> shards;
    private final LogIndex index;
    private final Replay replay;
    private final ExtentCells.Reader activeExtents = new ExtentCells.Reader(this::extent);

    Restore(
            SegmentFiles files,
            Catalog catalog,
            Map<Integer, LocalShardLog> shards,
            LogIndex index,
            Replay replay) {
        this.files = files;
        this.catalog = catalog;
        this.shards = shards;
        this.index = index;
        this.replay = replay;
    }

    /// Takes back the checkpoint.
    void checkpoint() throws IOException {
        Manifest manifest = catalog.current();
        for (ShardPoint point : manifest.shards()) {
            ShardState shard = shard(point.shard()).state();
            shard.nextIndex = point.nextIndex();
            shard.lastTimeMs = point.lastTimeMs();
        }
        if (manifest.cells() != 0) {
            Path cells = files.cellsPath(manifest.cells());
            if (!files.disk().exists(cells)) {
                throw new LogOpenException(
                        Reason.MISSING,
                        cells
                                + " is missing, the state cannot be rebuilt. Nothing was changed;"
                                + " restore the data directory from a copy");
            }
            CellsFile.read(
                    files.disk(), cells, files.directoryId(), manifest.cellsBytes(), this::cell);
        }
        for (SegmentName name : manifest.segments()) {
            segment(name);
        }
        for (LocalShardLog shard : shards.values()) {
            shard.store().sort();
            taken(shard.state().machine::restored);
        }
    }

    /// What the machine makes of its cells: if it cannot, the start ends, and says so.
    private static void taken(Runnable restoring) throws LogOpenException {
        try {
            restoring.run();
        } catch (RuntimeException e) {
            throw new LogOpenException(
                    Reason.NOT_REPLAYABLE, "the checkpoint's cells cannot be taken back: " + e, e);
        }
    }

    private LocalShardLog shard(int id) throws LogOpenException {
        LocalShardLog shard = shards.get(id);
        if (shard == null) {
            throw new LogOpenException(
                    Reason.NOT_REPLAYABLE,
                    "the log holds shard " + id + ", which this process does not have");
        }
        return shard;
    }

    private void cell(int shard, int kind, ByteBuffer content) throws IOException {
        switch (kind) {
            case CellsFile.MACHINE -> {
                ShardMachine machine = shard(shard).state().machine;
                taken(() -> machine.restore(content));
            }
            case CellsFile.EXTENT -> activeExtents.cell(content);
            default ->
                    throw new LogOpenException(
                            Reason.TOO_NEW, "the checkpoint holds cells of kind " + kind);
        }
    }

    private void extent(IndexEntry entry, Runs runs) throws LogOpenException {
        SegmentIndex active = index.segment(catalog.current().start().segment());
        shard(entry.shard()).store().restore(active, entry, runs);
    }

    private void segment(SegmentName name) throws IOException {
        Path path = files.path(name.number(), name.kind());
        if (!files.disk().exists(path)) {
            throw new LogOpenException(
                    Reason.MISSING,
                    path
                            + " is missing, it holds records that are owed. Nothing was changed;"
                            + " restore the data directory from a copy");
        }
        Segment segment = files.open(name.number(), name.kind());
        IndexReader.Content content = new IndexReader(files).read(segment);
        SegmentIndex sealed = index.addSealed(segment);
        sealed.indexed(content.file());
        sealed.keepFor(content.header().keptBy());
        for (IndexEntry entry : content.entries()) {
            shard(entry.shard()).store().restore(sealed, entry);
        }
        sealed.seal();
    }

    /// Replays what was logged after the checkpoint.
    ///
    /// @param segments what [LogSegments#open] found
    Recovery.End log(LogSegments segments, List<String> damage) throws IOException {
        Manifest manifest = catalog.current();
        Recovery recovery = new Recovery(segments.segments(), manifest, replay, index);
        Recovery.End end = recovery.run(manifest.clean());
        recovery.makeEndDurable();
        damage.addAll(recovery.damage());
        return end;
    }

    /// The log segments that are to be replayed.
    LogSegments segments() throws IOException {
        int first = catalog.current().start().segment();
        LogSegments found = LogSegments.open(files, first);
        boolean begun = catalog.current().epoch() > 0;
        boolean there =
                !found.segments().isEmpty() && found.segments().getFirst().number() == first;
        if (begun && !there) {
            throw new LogOpenException(
                    Reason.MISSING,
                    files.path(first, SegmentHeader.Kind.LOG)
                            + " is missing: the log goes on there. Nothing was changed; restore the"
                            + " data directory from a copy");
        }
        if (there) {
            SegmentIndex _ = index.add(found.segments().getFirst());
        }
        return found;
    }

    /// The first segment number that no file bears.
    int nextNumber() throws IOException {
        int highest = 0;
        for (String name : files.disk().list(files.directory())) {
            for (String suffix : SegmentFiles.NUMBERED) {
                highest = Math.max(highest, SegmentFiles.number(name, suffix).orElse(0));
            }
        }
        return highest + 1;
    }

    /// Removes files that nothing names any more: what an earlier process had no time for.
    void removeLeftovers() throws IOException {
        Manifest manifest = catalog.current();
        Set<Path> named = new HashSet<>();
        for (SegmentName name : manifest.segments()) {
            named.add(files.path(name.number(), name.kind()));
            named.add(files.indexPath(name.number()));
        }
        named.add(files.cellsPath(manifest.cells()));
        for (String name : files.disk().list(files.directory())) {
            Path path = files.directory().resolve(name);
            if (!named.contains(path) && isLeftover(name, manifest.start().segment())) {
                files.disk().delete(path);
            }
        }
    }

    private static boolean isLeftover(String name, int firstSegment) {
        if (name.endsWith(DurableFile.NEW_SUFFIX) || name.endsWith(CellsFile.SUFFIX)) {
            return true;
        }
        boolean oldLog =
                SegmentFiles.number(name, SegmentFiles.LOG_SUFFIX)
                        .filter(number -> number < firstSegment)
                        .isPresent();
        return oldLog
                || SegmentFiles.number(name, SegmentFiles.INDEX_SUFFIX).isPresent()
                || SegmentFiles.number(name, SegmentFiles.PACKED_SUFFIX).isPresent();
    }

    /// The states of all shards, by id.
    static Map<Integer, ShardState> states(Map<Integer, LocalShardLog> shards) {
        Map<Integer, ShardState> states = new TreeMap<>();
        shards.forEach((id, shard) -> states.put(id, shard.state()));
        return states;
    }
}
