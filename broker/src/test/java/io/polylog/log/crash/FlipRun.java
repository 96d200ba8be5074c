package io.polylog.log.crash;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import io.polylog.log.LogOpenException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/// Turns over one bit of what a log has written while it is off. It then either refuses to start
/// and changes nothing, or starts and tells its readers which range is unreadable; every other byte
/// is right. Nothing is ever cut away.
public final class FlipRun {
    private static final int ACTS = 60;
    private static final int BLOCK = 4096;

    private final Rig rig;
    private final boolean cuts;
    private Outcome outcome = Outcome.UNNOTICED;

    /// What came of it.
    public enum Outcome {
        /// The log did not start.
        REFUSED,
        /// It started and told readers of a damaged range.
        TOLD,
        /// Nothing that is still owed was hit.
        UNNOTICED
    }

    /// @param cuts plants a bug: everything from the damaged block on is cut away before the start
    public FlipRun(long seed, boolean cuts) {
        rig = new Rig(seed, disk -> disk);
        this.cuts = cuts;
    }

    /// Runs it all; throws a [Violation] that names the seed.
    public Outcome run() {
        rig.report(cuts ? ", cut at the flipped bit" : ", one bit flipped", this::runAll);
        return outcome;
    }

    private void runAll() throws IOException {
        Life first = rig.live();
        for (int left = ACTS; left > 0; left--) {
            rig.act(first);
        }
        first.settle();
        rig.disk.losePower();

        Path file = chooseFile();
        long position = chooseByte(file);
        int bit = rig.random.nextInt(8);
        rig.disk.flipBit(file, position, bit);
        if (cuts) {
            cut(file, position / BLOCK * BLOCK);
        }
        liveWithDamage();
        if (outcome == Outcome.REFUSED) {
            rig.disk.flipBit(file, position, bit);
            Life repaired = rig.live();
            repaired.checkSound();
            repaired.readAll();
        }
    }

    private void liveWithDamage() throws IOException {
        try {
            Life life = rig.live();
            if (life.readAllButDamage() > 0) {
                outcome = Outcome.TOLD;
            }
            life.close();
        } catch (LogOpenException refused) {
            outcome = Outcome.REFUSED;
        }
        rig.disk.kill();
    }

    private Path chooseFile() throws IOException {
        List<String> names =
                rig.disk.list(Rig.DIRECTORY).stream()
                        .filter(name -> name.endsWith(".log") || name.endsWith(".pack"))
                        .toList();
        return Rig.DIRECTORY.resolve(names.get(rig.random.nextInt(names.size())));
    }

    /// A byte that was written: one that is not zero.
    private long chooseByte(Path path) throws IOException {
        try (DiskFile file = rig.disk.open(path, Disk.Open.READ)) {
            ByteBuffer content = ByteBuffer.allocate((int) file.sizeBytes());
            file.read(content, 0);
            int position = rig.random.nextInt(content.limit());
            while (content.get(position) == 0) {
                position = (position + 1) % content.limit();
            }
            return position;
        }
    }

    private void cut(Path path, long from) throws IOException {
        try (DiskFile file = rig.disk.open(path, Disk.Open.WRITE)) {
            long size = file.sizeBytes();
            file.truncate(from);
            file.truncate(size);
        }
        for (String name : rig.disk.list(Rig.DIRECTORY)) {
            if (name.endsWith(".log") && name.compareTo(path.getFileName().toString()) > 0) {
                rig.disk.delete(Rig.DIRECTORY.resolve(name));
            }
        }
    }
}
