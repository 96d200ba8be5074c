package io.polylog.log;

import io.polylog.io.Clock;
import io.polylog.io.Disk;
import io.polylog.io.Entropy;
import io.polylog.io.Workers;
import io.polylog.log.LogOpenException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The physical log of one data directory, shared by several shards. Opened, given its shards,
/// started, closed: by one thread each time. Until [#start] returns, the calling thread plays the
/// shards' thread; from then on machines run on the commit thread.
public final class Log implements AutoCloseable {
    private static final int BACKGROUND_PRIORITY = Thread.NORM_PRIORITY;
    private static final int INDEX_CACHE_BYTES = 32 << 20;

    private final LogConfig config;
    private final Machinery machinery;
    private final AutoCloseable lock;
    private final SegmentFiles files;
    private final FatalHandler onFatal;
    private final AtomicBoolean failed = new AtomicBoolean();
    private final Intake intake;
    private final Ring ring;
    private final LogIndex index = new LogIndex();
    private final IndexPages pages = new IndexPages(INDEX_CACHE_BYTES);
    private final Places places = new Places();
    private final Applying applying = new Applying(places);
    private final RecordReader reader;
    private final Map<Integer, LocalShardLog> shards = new TreeMap<>();
    private final List<String> damage = new ArrayList<>();
    private long replayedBatches;
    private volatile @Nullable Running running;

    /// The parts of the machine the log works with.
    public record Machinery(Disk disk, Clock clock, Entropy entropy, Workers workers) {}

    private record Running(
            Catalog catalog,
            Commit commit,
            SegmentSupply supply,
            Copier copier,
            CheckpointRequests checkpoints,
            Workers.Running commitThread,
            Housekeeper housekeeper,
            Workers.Running background) {}

    private Log(
            LogConfig config,
            Machinery machinery,
            AutoCloseable lock,
            DirectoryId id,
            FatalHandler onFatal) {
        this.config = config;
        this.machinery = machinery;
        this.lock = lock;
        this.onFatal = onFatal;
        files = new SegmentFiles(machinery.disk, config.directory(), id);
        intake = new Intake(config.waitingBytes());
        ring = new Ring(config.ringBytes(), config.blockBytes());
        reader = new RecordReader(ring, index, pages, machinery.clock);
    }

    /// Opens a data directory, or makes one of an empty directory. Nothing is replayed yet.
    ///
    /// @param onFatal told once when the log can go on no more
    /// @throws LogOpenException if the directory is not one this process may start on; it is
    ///   unchanged then
    public static Log open(LogConfig config, Machinery machinery, FatalHandler onFatal)
            throws IOException {
        machinery.disk.createDirectories(config.directory());
        MetaFile.requireOurs(machinery.disk, config.directory());
        AutoCloseable lock = lock(config, machinery.disk);
        try {
            // Names that a killed process left in the cache are built on from here.
            machinery.disk.syncDirectory(config.directory());
            DirectoryId id = MetaFile.open(machinery.disk, config.directory(), machinery.entropy);
            return new Log(config, machinery, lock, id, onFatal);
        } catch (IOException | RuntimeException e) {
            release(lock);
            throw e;
        }
    }

    private static AutoCloseable lock(LogConfig config, Disk disk) throws LogOpenException {
        try {
            return disk.lock(config.directory().resolve(MetaFile.LOCK_NAME));
        } catch (IOException e) {
            throw new LogOpenException(
                    Reason.IN_USE,
                    config.directory() + " is used by another process: " + e.getMessage(),
                    e);
        }
    }

    private static void release(AutoCloseable lock) throws IOException {
        try {
            lock.close();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the lock was not released", e);
        }
    }

    /// Adds a shard. Before [#start]; with the same ids each time the directory is opened.
    ///
    /// @param machine makes the shard's machine over its store
    public ShardLog shard(int id, Function<RecordStore, ShardMachine> machine) {
        LocalStore store = new LocalStore(id, applying, index, reader);
        ShardState state = new ShardState(id, machine.apply(store));
        LocalShardLog shard = new LocalShardLog(state, store, intake, config.headBytes());
        if (shards.putIfAbsent(id, shard) != null) {
            throw new IllegalArgumentException("shard " + id + " is there already");
        }
        return shard;
    }

    /// Brings the machines to the state before the last stop and begins to commit.
    ///
    /// @throws LogOpenException if the state cannot be rebuilt; the directory is unchanged then
    public void start() throws IOException {
        Catalog catalog = Catalog.open(files);
        if (catalog.current().epoch() == 0) {
            catalog.replace(catalog.current());
        }
        SegmentSupply supply = new SegmentSupply(files, config, machinery.entropy);
        BlockWriter writer = restore(catalog, supply);
        long epoch = catalog.current().epoch() + 1;
        catalog.replace(catalog.current().withEpoch(epoch));
        for (LocalShardLog shard : shards.values()) {
            shard.lead(epoch);
            shard.state().machine.leading(epoch);
        }
        run(catalog, supply, writer);
    }

    private BlockWriter restore(Catalog catalog, SegmentSupply supply) throws IOException {
        Replay replay = new Replay(Restore.states(shards), index, places, applying);
        Restore restore = new Restore(files, catalog, shards, index, replay);
        LogSegments found = restore.segments();
        restore.checkpoint();
        if (found.segments().isEmpty()) {
            restore.removeLeftovers();
            supply.resume(1, null);
            Segment first = supply.makeNow();
            index.add(first);
            return new BlockWriter(ring, config.blockBytes(), first, SegmentHeader.BYTES, 0);
        }
        Recovery.End end = restore.log(found, damage);
        replayedBatches = replay.applied();
        restore.removeLeftovers();
        supply.resume(restore.nextNumber(), found.segments().getLast().header());
        end.unused().forEach(supply::offer);
        return new BlockWriter(
                ring, config.blockBytes(), end.segment(), end.offset(), end.lastCrc());
    }

    private void run(Catalog catalog, SegmentSupply supply, BlockWriter writer) {
        Clock clock = machinery.clock;
        CheckpointCut cut = new CheckpointCut(clock, shards.values());
        Upkeep upkeep = new Upkeep(config, clock, index, cut, this::wakeBackground);
        index.all().stream().filter(SegmentIndex::sealed).forEach(upkeep::sealed);
        if (replayedBatches > 0) {
            upkeep.changed();
        }
        Commit commit = commit(supply, writer, upkeep, catalog.current().epoch());
        CheckpointWriter checkpoints =
                new CheckpointWriter(files, catalog, cut, index, this::wakeCommit);
        CheckpointRequests requests = new CheckpointRequests(commit, upkeep, checkpoints, catalog);
        ShardTasks tasks = new ShardTasks(clock, intake, Restore.states(shards).values());
        CommitLoop loop =
                new CommitLoop(
                        config,
                        clock,
                        intake,
                        commit,
                        new CommitLoop.Parts(tasks, upkeep, requests),
                        this::fail);
        Recycler recycler = new Recycler(files, catalog, index, supply);
        Copier copier = copier(catalog, supply, cut);
        Housekeeper housekeeper =
                new Housekeeper(
                        List.of(checkpoints, recycler, supply, copier),
                        (reason, cause) -> {
                            loop.abort(reason, cause);
                            wakeCommit();
                        });
        supply.onReady(this::wakeCommit);
        Workers workers = machinery.workers;
        Workers.Running commitThread = workers.start("polylog-commit", Thread.MAX_PRIORITY, loop);
        Workers.Running background = workers.start("polylog-log", BACKGROUND_PRIORITY, housekeeper);
        running =
                new Running(
                        catalog,
                        commit,
                        supply,
                        copier,
                        requests,
                        commitThread,
                        housekeeper,
                        background);
        shards.values().forEach(shard -> shard.runs(commitThread));
        commitThread.wake();
        background.wake();
    }

    private Commit commit(SegmentSupply supply, BlockWriter writer, Upkeep upkeep, long epoch) {
        SegmentRoll roll = new SegmentRoll(supply, index, upkeep, writer.isFresh());
        BatchWriter batches = new BatchWriter(config.partBytes(), places);
        Commit commit =
                new Commit(machinery.clock, intake, roll, writer, batches, applying, upkeep);
        commit.lead(epoch);
        return commit;
    }

    private Copier copier(Catalog catalog, SegmentSupply supply, CheckpointCut cut) {
        Copier.Place place = new Copier.Place(files, supply, index, catalog, cut, pages);
        Copier.Crew crew =
                new Copier.Crew(
                        task -> {
                            intake.execute(task);
                            wakeCommit();
                        },
                        this::wakeBackground);
        return new Copier(config, machinery.clock, machinery.entropy, place, crew);
    }

    private void wakeBackground() {
        Running current = running;
        if (current != null) {
            current.background.wake();
        }
    }

    private void wakeCommit() {
        Running current = running;
        if (current != null) {
            current.commitThread.wake();
        }
    }

    private void fail(String reason, Throwable cause) {
        if (failed.compareAndSet(false, true)) {
            onFatal.failed(reason, cause);
        }
    }

    /// Writes a checkpoint now, so that a restart replays nothing before it. Any thread.
    ///
    /// @return done when the checkpoint is durable; an IOException when there was no room for it
    public CompletionStage<Void> checkpoint() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Running current = running;
        if (current == null) {
            done.completeExceptionally(new IOException("the log does not run"));
        } else {
            intake.execute(() -> current.checkpoints.add(done));
            current.commitThread.wake();
        }
        return done;
    }

    /// Names the data directory for ever: 32 hexadecimal digits, drawn when it was made.
    public String directoryId() {
        return files.directoryId().toString();
    }

    /// How many batches the start had to apply again, after the last checkpoint.
    public long replayedBatches() {
        return replayedBatches;
    }

    /// Unreadable ranges found at the start: reported to the operator, refused to readers.
    public List<String> damage() {
        return List.copyOf(damage);
    }

    /// Writes and answers what was accepted, takes a checkpoint, then stops. Not for the log's own
    /// threads.
    @Override
    public void close() throws IOException {
        intake.close();
        Running current = running;
        try {
            if (current != null) {
                end(current);
            }
            for (SegmentIndex segment : index.all()) {
                segment.close();
            }
        } finally {
            release(lock);
        }
    }

    private void end(Running current) throws IOException {
        current.commitThread.wake();
        current.commitThread.awaitEnd();
        current.housekeeper.close();
        current.background.wake();
        current.background.awaitEnd();
        current.supply.close();
        current.copier.close();
        markClean(current);
    }

    /// Spares the next start the search for blocks after the end.
    private void markClean(Running stopped) throws IOException {
        Manifest manifest = stopped.catalog.current();
        boolean nothingAfter = stopped.commit.place().equals(manifest.start());
        if (nothingAfter && !failed.get()) {
            stopped.catalog.replace(manifest.withClean(true));
        }
    }
}
