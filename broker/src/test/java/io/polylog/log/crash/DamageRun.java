package io.polylog.log.crash;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import io.polylog.log.LogOpenException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/// Damages one file of a log while it is off. It then either refuses to start and changes nothing,
/// or starts, makes up for the loss, or tells its readers which range is unreadable; every other
/// byte is right. Nothing is ever cut away.
public final class DamageRun {
    private static final int ACTS = 80;
    private static final int BLOCK = 4096;

    private final Rig rig;
    private final Kind kind;
    private Outcome outcome = Outcome.MADE_UP_FOR;

    /// What happens to the file.
    public enum Kind {
        /// One bit is turned over.
        FLIPPED,
        /// It is gone.
        MISSING,
        /// It ends early.
        SHORT,
        /// One bit is turned over, and a planted bug cuts the log away from there on.
        FLIPPED_AND_CUT
    }

    /// What came of it.
    public enum Outcome {
        /// The log did not start.
        REFUSED,
        /// It started and told readers of a damaged range.
        TOLD,
        /// Nothing that is still owed was hit, or it was there twice.
        MADE_UP_FOR
    }

    public DamageRun(long seed, Kind kind) {
        rig = new Rig(seed, disk -> disk);
        this.kind = kind;
    }

    /// Runs it all; throws a [Violation] that names the seed.
    public Outcome run() {
        rig.report(", a file " + kind, this::runAll);
        return outcome;
    }

    private void runAll() throws IOException {
        Life first = rig.live();
        for (int left = ACTS; left > 0; left--) {
            rig.act(first);
        }
        if (rig.random.nextBoolean()) {
            first.settle();
        } else {
            first.close();
        }
        rig.disk.losePower();

        Path file = chooseFile();
        ByteBuffer whole = content(file);
        damage(file, whole);
        liveWithDamage(file);
        if (outcome == Outcome.REFUSED) {
            repair(file, whole);
            Life repaired = rig.live();
            repaired.checkSound();
            repaired.readAll();
        }
    }

    private void damage(Path file, ByteBuffer whole) throws IOException {
        int position = chooseByte(whole);
        switch (kind) {
            case FLIPPED -> rig.disk.flipBit(file, position, rig.random.nextInt(8));
            case MISSING -> rig.disk.delete(file);
            case SHORT -> truncate(file, position);
            case FLIPPED_AND_CUT -> cutAway(file, position, whole.limit());
        }
    }

    private void liveWithDamage(Path file) throws IOException {
        try {
            Life life = rig.live();
            if (life.readAllButDamage() > 0) {
                outcome = Outcome.TOLD;
            }
            life.close();
        } catch (LogOpenException _) {
            outcome = Outcome.REFUSED;
        } catch (Violation seen) {
            throw new Violation(file + ": " + seen.getMessage(), seen);
        }
        rig.disk.kill();
    }

    private Path chooseFile() throws IOException {
        List<String> names =
                rig.disk.list(Rig.DIRECTORY).stream()
                        .filter(name -> kind != Kind.FLIPPED_AND_CUT || name.endsWith(".log"))
                        .filter(name -> !name.equals("lock") && !name.endsWith(".new"))
                        .toList();
        return Rig.DIRECTORY.resolve(names.get(rig.random.nextInt(names.size())));
    }

    /// A byte that was written: one that is not zero.
    private int chooseByte(ByteBuffer whole) {
        int position = rig.random.nextInt(whole.limit());
        while (whole.get(position) == 0) {
            position = (position + 1) % whole.limit();
        }
        return position;
    }

    private ByteBuffer content(Path path) throws IOException {
        try (DiskFile file = rig.disk.open(path, Disk.Open.READ)) {
            ByteBuffer content = ByteBuffer.allocate((int) file.sizeBytes());
            int _ = file.read(content, 0);
            return content.flip();
        }
    }

    private void repair(Path path, ByteBuffer whole) throws IOException {
        try (DiskFile file = rig.disk.open(path, Disk.Open.WRITE)) {
            file.write(whole.duplicate(), 0);
            file.force();
        }
    }

    private void truncate(Path path, int bytes) throws IOException {
        try (DiskFile file = rig.disk.open(path, Disk.Open.WRITE)) {
            file.truncate(bytes);
            file.force();
        }
    }

    private void cutAway(Path path, int from, int size) throws IOException {
        truncate(path, from / BLOCK * BLOCK);
        truncate(path, size);
        for (String name : rig.disk.list(Rig.DIRECTORY)) {
            if (name.endsWith(".log") && name.compareTo(path.getFileName().toString()) > 0) {
                rig.disk.delete(Rig.DIRECTORY.resolve(name));
            }
        }
    }
}
