package io.polylog.io.sim;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// A file system in memory that is as unkind as POSIX lets it be. What was not synced is kept, lost
/// or torn at 512 bytes by a seed when power is lost, in any order; names (create, rename, delete)
/// are lost on their own; calls fail or bring the machine down on demand. Any thread, one at a
/// time.
///
/// One object is the machine's disk through all its lives: after [#losePower] or [#kill] it is
/// opened anew, and handles of the life before throw [SimulatedCrash].
public final class SimDisk implements Disk {
    private static final long LARGE = 1L << 40;

    private final SimTree tree;
    private final Set<Path> locks = new HashSet<>();
    private final SplittableRandom random;
    private final Calls calls = new Calls();
    private long capacityBytes = LARGE;
    private int life = 1;

    public SimDisk(long seed) {
        this(seed, new SimTree());
    }

    private SimDisk(long seed, SimTree tree) {
        random = new SplittableRandom(seed);
        this.tree = tree;
    }

    // ---- what tests do to it

    /// The machine loses power: only the medium is left.
    public synchronized void losePower() {
        tree.losePower(new Survival(random.split()));
        restart();
    }

    /// The process ends and the system goes on: the cache is kept, though not durable.
    public synchronized void kill() {
        restart();
    }

    /// From now on every call throws [SimulatedCrash], until [#losePower] or [#kill].
    public synchronized void powerOff() {
        calls.powerOff();
    }

    /// Throws [SimulatedCrash] when the machine is down: for a test whose broker took the first one
    /// for a failure of its own.
    public synchronized void checkUp() {
        calls.checkUp();
    }

    /// Whether a crash has happened that no restart has followed.
    public synchronized boolean down() {
        return calls.down();
    }

    /// Lets the nth call from now fail; 1 is the next one.
    public synchronized void failNth(long nth, Fault fault) {
        calls.failNth(nth, fault);
    }

    /// Lets each call fail from the nth one from now.
    public synchronized void failFrom(long nth) {
        calls.failFrom(nth);
    }

    /// Calls off every fault that was asked for.
    public synchronized void heal() {
        calls.heal();
    }

    /// I/O calls made so far, in all lives.
    public synchronized long callCount() {
        return calls.count();
    }

    /// The last calls, oldest first, for the report of a failed run.
    public synchronized List<String> lastCalls() {
        return calls.last();
    }

    /// Leaves room for so many more bytes.
    public synchronized void leaveRoom(long bytes) {
        capacityBytes = tree.usedBytes() + bytes;
    }

    /// Makes the disk as large as it was: 1 TiB.
    public synchronized void makeRoom() {
        capacityBytes = LARGE;
    }

    /// Turns over one bit on the medium and in the cache.
    ///
    /// @param bit 0 to 7
    public synchronized void flipBit(Path path, long position, int bit) throws IOException {
        tree.existing(path).flip(Math.toIntExact(position), bit);
    }

    /// A disk with the same content and its own future.
    public synchronized SimDisk fork(long seed) {
        SimDisk fork = new SimDisk(seed, tree.copy());
        fork.capacityBytes = capacityBytes;
        return fork;
    }

    // ---- Disk

    @Override
    public synchronized DiskFile open(Path path, Open how) throws IOException {
        boolean creates = how != Open.READ;
        calls.begin("open " + path + " " + how, creates ? Calls.Kind.TAKES_ROOM : Calls.Kind.LOOK);
        SimDirectory directory = tree.parent(path);
        SimNode node = directory.find(SimTree.name(path));
        if (node == null) {
            if (!creates) {
                throw new NoSuchFileException(path.toString());
            }
            node = directory.create(SimTree.name(path));
        }
        calls.end();
        return new SimFile(this, node, path, how);
    }

    @Override
    public synchronized void createDirectories(Path directory) throws IOException {
        Fault fault = calls.begin("create directories " + directory, Calls.Kind.TAKES_ROOM);
        if (fault == Fault.CRASH && random.nextBoolean()) {
            calls.end();
        }
        tree.make(directory);
        calls.end();
    }

    @Override
    public synchronized List<String> list(Path directory) throws IOException {
        calls.begin("list " + directory, Calls.Kind.LOOK);
        return tree.names(directory);
    }

    @Override
    public synchronized boolean exists(Path path) {
        calls.checkUp();
        return tree.exists(path);
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        calls.begin("rename " + from + " to " + to, Calls.Kind.TAKES_ROOM);
        if (tree.parent(from) != tree.parent(to)) {
            throw new IOException("renames stay within a directory: " + from + " to " + to);
        }
        tree.parent(from).rename(SimTree.name(from), SimTree.name(to), tree.existing(from));
        calls.end();
    }

    @Override
    public synchronized void delete(Path path) throws IOException {
        calls.begin("delete " + path, Calls.Kind.CHANGE);
        if (tree.parent(path).find(SimTree.name(path)) != null) {
            tree.parent(path).delete(SimTree.name(path));
        }
        calls.end();
    }

    @Override
    public synchronized void syncDirectory(Path path) throws IOException {
        SimDirectory directory = tree.directory(path);
        Fault fault = calls.begin("sync directory " + path, Calls.Kind.SYNC);
        if (fault == Fault.LOST_SYNC) {
            // Names are journaled: a file system that cannot write its journal stops, and forgets
            // nothing that it still shows.
            throw fault.exception("sync directory " + path);
        }
        calls.end();
        directory.sync();
    }

    @Override
    public synchronized long freeBytes(Path path) throws IOException {
        calls.begin("free bytes", Calls.Kind.LOOK);
        return Math.max(0, capacityBytes - tree.usedBytes());
    }

    @Override
    public synchronized AutoCloseable lock(Path file) throws IOException {
        open(file, Open.WRITE).close();
        if (!locks.add(file)) {
            throw new IOException("lock file " + file + " is held");
        }
        int taken = life;
        return () -> release(file, taken);
    }

    // ---- for its files

    Calls calls() {
        return calls;
    }

    int life() {
        return life;
    }

    void checkLife(int opened) {
        if (opened != life) {
            throw new SimulatedCrash("a handle from before the crash");
        }
        calls.checkUp();
    }

    void write(SimFile file, byte[] bytes, int position) throws IOException {
        String what = "write " + file.path() + " at " + position + " for " + bytes.length;
        Fault fault = calls.begin(what, Calls.Kind.WRITE);
        if (fault == null && roomFor(file.node(), bytes.length, position) < bytes.length) {
            fault = Fault.DISK_FULL;
        }
        if (fault == null) {
            put(file, bytes, position);
            return;
        }
        putPart(file, bytes, position, fault);
        calls.end();
        throw fault.exception(what);
    }

    void force(SimFile file) throws IOException {
        Fault fault = calls.begin("sync " + file.path(), Calls.Kind.SYNC);
        if (fault == Fault.LOST_SYNC) {
            file.node().loseUnsynced(random.nextBoolean());
            throw fault.exception("sync " + file.path());
        }
        calls.end();
        file.node().sync();
    }

    private void put(SimFile file, byte[] bytes, int position) {
        if (file.durable()) {
            file.node().writeDurably(bytes, position);
        } else {
            file.node().write(bytes, position);
        }
    }

    /// What a write that fails has done all the same.
    private void putPart(SimFile file, byte[] bytes, int position, @Nullable Fault fault) {
        SimNode node = file.node();
        switch (fault) {
            case SHORT, CRASH -> tear(file, bytes, position);
            case DISK_FULL -> {
                int room = roomFor(node, bytes.length, position);
                int fits = Math.min(room, random.nextInt(bytes.length + 1));
                put(file, Arrays.copyOf(bytes, fits / SimNode.PAGE * SimNode.PAGE), position);
            }
            case LOST_SYNC -> {
                if (file.durable()) {
                    node.write(bytes, position);
                    node.loseUnsynced(random.nextBoolean());
                }
            }
            case IO_ERROR -> {}
            case null -> throw new IllegalArgumentException("the write did not fail");
        }
    }

    private void tear(SimFile file, byte[] bytes, int position) {
        if (file.durable()) {
            Survival survival = new Survival(random.split());
            file.node().tear(bytes, position, survival, random.nextBoolean());
        } else {
            int sectors = random.nextInt(bytes.length / SimNode.SECTOR + 1);
            file.node().write(Arrays.copyOf(bytes, sectors * SimNode.SECTOR), position);
        }
    }

    /// How many of the bytes there is room for.
    private int roomFor(SimNode node, int bytes, int position) {
        long missing = tree.usedBytes() + node.growthBytes(position, bytes) - capacityBytes;
        if (capacityBytes == LARGE || missing <= 0) {
            return bytes;
        }
        return (int) Math.max(0, bytes - missing);
    }

    private void restart() {
        life++;
        locks.clear();
        calls.restart();
    }

    private synchronized void release(Path lock, int taken) {
        if (taken == life) {
            locks.remove(lock);
        }
    }
}
