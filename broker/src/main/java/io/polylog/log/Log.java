package io.polylog.log;

import io.polylog.io.Clock;
import io.polylog.io.Disk;
import io.polylog.io.Entropy;
import io.polylog.io.Workers;
import io.polylog.log.LogOpenException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The physical log of one data directory, shared by several shards. Opened, given its shards,
/// started, closed: by one thread each time. Until [#start] returns, the calling thread plays the
/// shards' thread; from then on machines run on the commit thread.
public final class Log implements AutoCloseable {
    private static final int BACKGROUND_PRIORITY = Thread.NORM_PRIORITY;

    private final LogConfig config;
    private final Machinery machinery;
    private final AutoCloseable lock;
    private final SegmentFiles files;
    private final FatalHandler onFatal;
    private final AtomicBoolean failed = new AtomicBoolean();
    private final Intake intake;
    private final Ring ring;
    private final LogIndex index = new LogIndex();
    private final Places places = new Places();
    private final Applying applying = new Applying(places);
    private final RecordReader reader;
    private final Map<Integer, LocalShardLog> shards = new TreeMap<>();
    private volatile @Nullable Running running;
    private List<String> damage = List.of();

    /// The parts of the machine the log works with.
    public record Machinery(Disk disk, Clock clock, Entropy entropy, Workers workers) {}

    private record Running(
            CommitLoop commitLoop,
            Workers.Running commitThread,
            SegmentSupply supply,
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
        reader = new RecordReader(ring, index, new IndexPages());
    }

    /// Opens a data directory, or makes one of an empty directory. Nothing is replayed yet.
    ///
    /// @param onFatal told once when the log can go on no more
    /// @throws LogOpenException if the directory is not one this process may start on; it is
    ///   unchanged then
    public static Log open(LogConfig config, Machinery machinery, FatalHandler onFatal)
            throws IOException {
        machinery.disk.createDirectories(config.directory());
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
        SegmentSupply supply = new SegmentSupply(files, config, machinery.entropy);
        BlockWriter writer = recover(supply);
        long epoch = epochBefore + 1;
        BatchWriter batches = new BatchWriter(config.partBytes(), places);
        SegmentRoll roll = new SegmentRoll(supply, index, this::wakeBackground);
        Commit commit = new Commit(machinery.clock, intake, roll, writer, batches, applying);
        commit.lead(epoch);
        if (!commit.seal()) {
            supply.offer(supply.makeNow());
            commit.seal(); // The new epoch is on disk before anybody hears of it.
        }
        for (LocalShardLog shard : shards.values()) {
            shard.lead(epoch);
            shard.state().machine.leading(epoch);
        }
        run(supply, commit);
    }

    private long epochBefore;

    private BlockWriter recover(SegmentSupply supply) throws IOException {
        LogSegments found = LogSegments.open(files, 0);
        List<Segment> segments = found.segments();
        SegmentHeader newest = segments.isEmpty() ? null : segments.getLast().header();
        supply.resume(newest == null ? 1 : newest.number() + 1, newest);
        if (segments.isEmpty()) {
            segments.add(supply.makeNow());
        }
        Replay replay = new Replay(states(), places, applying);
        Recovery recovery = new Recovery(segments, replay, index);
        Recovery.End end = recovery.run();
        damage = recovery.damage();
        for (Path unfinished : files.unfinished()) {
            files.disk().delete(unfinished);
        }
        recovery.makeEndDurable();
        for (Segment unused : end.unused()) {
            supply.offer(unused);
        }
        epochBefore = end.lastEpoch();
        return new BlockWriter(
                ring, config.blockBytes(), end.segment(), end.offset(), end.lastCrc());
    }

    private Map<Integer, ShardState> states() {
        Map<Integer, ShardState> states = new TreeMap<>();
        shards.forEach((id, shard) -> states.put(id, shard.state()));
        return states;
    }

    private void run(SegmentSupply supply, Commit commit) {
        CommitLoop loop =
                new CommitLoop(
                        config, machinery.clock, intake, commit, states().values(), this::fail);
        Housekeeper housekeeper = new Housekeeper(List.of(supply), this::failInBackground);
        Workers.Running commitThread =
                machinery.workers.start("polylog-commit", Thread.MAX_PRIORITY, loop);
        supply.onReady(commitThread::wake);
        Workers.Running background =
                machinery.workers.start("polylog-log", BACKGROUND_PRIORITY, housekeeper);
        running = new Running(loop, commitThread, supply, housekeeper, background);
        shards.values().forEach(shard -> shard.runs(commitThread));
        commitThread.wake();
        background.wake();
    }

    private void wakeBackground() {
        Running current = running;
        if (current != null) {
            current.background.wake();
        }
    }

    private void fail(String reason, Throwable cause) {
        if (failed.compareAndSet(false, true)) {
            onFatal.failed(reason, cause);
        }
    }

    private void failInBackground(String reason, Throwable cause) {
        Running current = running;
        if (current != null) {
            current.commitLoop.abort(reason, cause);
            current.commitThread.wake();
        }
    }

    /// Names the data directory for ever: 32 hexadecimal digits, drawn when it was made.
    public String directoryId() {
        return files.directoryId().toString();
    }

    /// Unreadable ranges found at the start: reported to the operator, refused to readers.
    public List<String> damage() {
        return damage;
    }

    /// Writes and answers what was accepted, then stops. Not for the log's own threads.
    @Override
    public void close() throws IOException {
        intake.close();
        Running current = running;
        if (current != null) {
            current.commitThread.wake();
            current.commitThread.awaitEnd();
            current.housekeeper.close();
            current.background.wake();
            current.background.awaitEnd();
            current.supply.close();
        }
        for (SegmentIndex segment : index.all()) {
            segment.segment().close();
        }
        release(lock);
    }
}
