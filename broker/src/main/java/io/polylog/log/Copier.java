package io.polylog.log;

import static java.util.stream.Collectors.toSet;

import io.polylog.io.Clock;
import io.polylog.io.DiskFullException;
import io.polylog.io.Entropy;
import io.polylog.io.Worker;
import io.polylog.log.Manifest.SegmentName;
import io.polylog.log.StreamIndex.Owed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// Packs sealed segments of which less than half is owed, so that one old record cannot hold a
/// whole segment. What is owed is copied stream by stream into a packed segment, the commit thread
/// puts the copies in place of the originals, and when the manifest names the packed segment the
/// old ones go. A segment that is being read empty is left alone. Background thread.
final class Copier implements Chore {
    private static final long LOOK_NANOS = SegmentDrain.LOOK_NANOS;
    private static final int STEP_BYTES = 1 << 20;

    /// Pause after each step: about 60 MB/s.
    private static final long STEP_NANOS = 16_000_000;

    private static final int ITEMS_PER_TASK = 16;

    /// A round is worth it when it frees this part of a segment.
    private static final int GAIN_DIVISOR = 4;

    private final LogConfig config;
    private final Clock clock;
    private final Entropy entropy;
    private final Place place;
    private final Crew crew;
    private final IndexWriter indexes;
    private final FileRecords records;
    private final SegmentDrain drain = new SegmentDrain();
    private final Set<Integer> damaged = new HashSet<>();
    private State state = new Idle();

    private sealed interface State {}

    /// Nothing to do, or not looked yet.
    private record Idle() implements State {}

    /// The commit thread says what is owed of the sources.
    private record Asking(List<SegmentIndex> sources, List<Owed> owed, Round round)
            implements State {}

    /// Records are copied.
    private record Copying(List<SegmentIndex> sources, PackWriter writer, PackJob job)
            implements State {}

    /// The commit thread puts the copies in place.
    private record Switching(List<SegmentIndex> sources, SegmentIndex pack, Round round)
            implements State {}

    /// Work of the commit thread that is waited for.
    private static final class Round {
        private volatile boolean done;
    }

    /// The threads the copier works with.
    ///
    /// @param execute runs a task on the commit thread
    /// @param wake wakes the background thread
    record Crew(Consumer<Runnable> execute, Runnable wake) {}

    Copier(LogConfig config, Clock clock, Entropy entropy, Place place, Crew crew) {
        this.config = config;
        this.clock = clock;
        this.entropy = entropy;
        this.place = place;
        this.crew = crew;
        indexes = new IndexWriter(place.files);
        records = new FileRecords(new ReadBuffers());
    }

    /// What the copier works on.
    record Place(
            SegmentFiles files,
            SegmentSupply supply,
            LogIndex index,
            Catalog catalog,
            CheckpointCut cut,
            IndexPages pages) {}

    @Override
    public long step() throws IOException {
        try {
            return switch (state) {
                case Idle _ -> look();
                case Asking asking -> asking.round.done ? begin(asking) : Worker.UNTIL_WOKEN;
                case Copying copying -> copy(copying);
                case Switching switching ->
                        switching.round.done ? publish(switching) : Worker.UNTIL_WOKEN;
            };
        } catch (DiskFullException e) {
            if (state instanceof Copying copying) {
                giveUp(copying);
            }
            return LOOK_NANOS;
        }
    }

    // ---- choosing

    private long look() {
        // Looking costs a walk over all extents: not at each piece of a checkpoint.
        if (place.cut.plan() != null) {
            return Worker.UNTIL_WOKEN;
        }
        List<SegmentIndex> sources = choose();
        if (sources.isEmpty()) {
            return place.index.all().size() > 1 ? LOOK_NANOS : Worker.UNTIL_WOKEN;
        }
        List<Extent> extents = new ArrayList<>();
        for (SegmentIndex source : sources) {
            source.hold(true);
            source.extents().stream().filter(extent -> extent.owed() > 0).forEach(extents::add);
        }
        Asking asking = new Asking(sources, new ArrayList<>(), new Round());
        state = asking;
        onCommitThread(extents, extent -> asking.owed.add(extent.owner.owed(extent)), asking.round);
        return Worker.UNTIL_WOKEN;
    }

    private List<SegmentIndex> choose() {
        List<SegmentIndex> chosen = new ArrayList<>();
        long owedBytes = 0;
        long gainBytes = 0;
        for (Candidate candidate : candidates()) {
            if (owedBytes + candidate.owedBytes <= config.segmentBytes()) {
                chosen.add(candidate.segment);
                owedBytes += candidate.owedBytes;
                gainBytes += candidate.sizeBytes() - candidate.owedBytes;
            }
        }
        return gainBytes >= config.segmentBytes() / GAIN_DIVISOR ? chosen : List.of();
    }

    private record Candidate(SegmentIndex segment, long owedBytes) {
        long sizeBytes() {
            return segment.segment().header().sizeBytes();
        }

        boolean isHalfDead() {
            return owedBytes * 2 < sizeBytes();
        }
    }

    private List<Candidate> candidates() {
        long now = clock.nanos();
        drain.retain(place.index.all().stream().map(SegmentIndex::number).collect(toSet()));
        return place.index.all().stream()
                .filter(segment -> segment.sealed() && segment.hasIndexFile())
                .filter(segment -> !segment.nothingOwed() && !place.index.isKept(segment))
                .filter(segment -> !damaged.contains(segment.number()))
                .map(segment -> new Candidate(segment, owedBytes(segment)))
                .filter(seen -> !drain.isDraining(seen.segment.number(), seen.owedBytes, now))
                .filter(Candidate::isHalfDead)
                .sorted(Comparator.comparingInt(seen -> seen.segment.number()))
                .toList();
    }

    private static long owedBytes(SegmentIndex segment) {
        return segment.extents().stream().mapToLong(Extent::owedBytes).sum();
    }

    // ---- copying

    private long begin(Asking asking) throws IOException {
        long bytes = asking.sources.stream().mapToLong(Copier::owedBytes).sum();
        long free = place.files.disk().freeBytes(place.files.directory());
        if (free - bytes < config.reserveBytes() / 2) {
            release(asking.sources);
            return LOOK_NANOS;
        }
        SegmentHeader header =
                new SegmentHeader(
                        place.supply.newNumber(),
                        SegmentHeader.Kind.PACKED,
                        entropy.nextLong(),
                        0,
                        0);
        PackWriter writer = new PackWriter(place.files, header, config.blockBytes());
        PackJob job =
                new PackJob(
                        asking.owed,
                        mayShare(asking.sources),
                        place.index,
                        place.pages,
                        writer,
                        records);
        state = new Copying(asking.sources, writer, job);
        return 0;
    }

    /// Whether some record lies in several streams: then their bytes are more than the segment's.
    private static boolean mayShare(List<SegmentIndex> sources) {
        return sources.stream()
                .anyMatch(source ->
                        source.extents().stream().mapToLong(Extent::recordBytes).sum()
                                > source.segment().header().sizeBytes());
    }

    private long copy(Copying copying) throws IOException {
        boolean done;
        try {
            done = copying.job.copy(STEP_BYTES);
        } catch (PackJob.DamagedException e) {
            damaged.add(e.segment());
            giveUp(copying);
            return LOOK_NANOS;
        }
        if (!done) {
            return STEP_NANOS;
        }
        SegmentIndex pack = place.index.addSealed(copying.writer.finish());
        pack.unname(true);
        pack.hold(true);
        pack.seal();
        pack.sweptNow();
        Switching switching = new Switching(copying.sources, pack, new Round());
        state = switching;
        onCommitThread(copying.job.packed(), packed -> swap(packed, pack), switching.round);
        return Worker.UNTIL_WOKEN;
    }

    /// Commit thread: the copies are what readers find from now on.
    private static void swap(PackedExtent packed, SegmentIndex pack) {
        StreamIndex stream = packed.original().owner;
        Extent copy = new Extent(stream, pack, packed);
        if (stream.replace(packed.original(), copy)) {
            pack.add(copy);
        }
    }

    private void giveUp(Copying copying) throws IOException {
        copying.writer.abandon();
        release(copying.sources);
    }

    private void release(List<SegmentIndex> sources) {
        sources.forEach(source -> source.hold(false));
        state = new Idle();
    }

    // ---- publishing

    /// One manifest takes the sources out and the packed segment in.
    private long publish(Switching switching) throws IOException {
        SegmentIndex pack = switching.pack;
        if (!pack.hasIndexFile()) {
            indexes.write(pack);
        }
        Set<Integer> replaced =
                switching.sources.stream().map(SegmentIndex::number).collect(toSet());
        List<SegmentName> names = new ArrayList<>();
        for (SegmentName name : place.catalog.current().segments()) {
            if (!replaced.contains(name.number())) {
                names.add(name);
            }
        }
        names.add(new SegmentName(pack.number(), SegmentHeader.Kind.PACKED));
        place.catalog.replace(place.catalog.current().withSegments(names));
        pack.unname(false);
        pack.hold(false);
        release(switching.sources);
        return 0;
    }

    // ---- the commit thread

    /// Does something with each item on the commit thread, some at a time.
    private <T> void onCommitThread(List<T> items, Consumer<T> action, Round round) {
        crew.execute.accept(() -> {
            int count = Math.min(items.size(), ITEMS_PER_TASK);
            items.subList(0, count).forEach(action);
            if (count < items.size()) {
                onCommitThread(items.subList(count, items.size()), action, round);
            } else {
                round.done = true;
                crew.wake.run();
            }
        });
    }

    /// Leaves what was made to the next start, which removes it. When the thread is over.
    void close() throws IOException {
        records.close();
        if (state instanceof Copying copying) {
            copying.writer.abandon();
        }
    }
}
