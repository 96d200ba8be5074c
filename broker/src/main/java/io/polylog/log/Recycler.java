package io.polylog.log;

import io.polylog.io.DiskFullException;
import io.polylog.io.Worker;
import io.polylog.log.Manifest.SegmentName;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Frees segments in which nothing is owed and which no replay needs: first out of the manifest,
/// then out of the index, then the file. Background thread.
final class Recycler implements Chore {
    private static final long RETRY_NANOS = 1_000_000_000;

    private final SegmentFiles files;
    private final Catalog catalog;
    private final LogIndex index;
    private final SegmentSupply supply;

    Recycler(SegmentFiles files, Catalog catalog, LogIndex index, SegmentSupply supply) {
        this.files = files;
        this.catalog = catalog;
        this.index = index;
        this.supply = supply;
    }

    @Override
    public long step() throws IOException {
        try {
            return freeAll();
        } catch (DiskFullException e) {
            // The new manifest found no room. Nothing was freed; something else may be.
            return RETRY_NANOS;
        }
    }

    private long freeAll() throws IOException {
        int firstSegment = catalog.current().start().segment();
        List<SegmentIndex> free =
                index.all().stream().filter(segment -> isUnneeded(segment, firstSegment)).toList();
        if (free.isEmpty()) {
            return Worker.UNTIL_WOKEN;
        }
        strike(free);
        for (SegmentIndex segment : free) {
            free(segment);
        }
        return 0;
    }

    private boolean isUnneeded(SegmentIndex segment, int firstSegment) {
        boolean replayed =
                segment.segment().header().kind() == SegmentHeader.Kind.LOG
                        && segment.number() >= firstSegment;
        return !replayed && index.isFree(segment);
    }

    private void strike(List<SegmentIndex> free) throws IOException {
        Set<Integer> numbers = free.stream().map(SegmentIndex::number).collect(Collectors.toSet());
        List<SegmentName> named = catalog.current().segments();
        List<SegmentName> left =
                named.stream().filter(name -> !numbers.contains(name.number())).toList();
        if (left.size() < named.size()) {
            catalog.replace(catalog.current().withSegments(left));
        }
    }

    private void free(SegmentIndex segment) throws IOException {
        boolean indexed = segment.hasIndexFile();
        index.remove(segment);
        segment.free();
        if (indexed) {
            files.disk().delete(files.indexPath(segment.number()));
        }
        supply.recycle(segment.segment());
    }
}
