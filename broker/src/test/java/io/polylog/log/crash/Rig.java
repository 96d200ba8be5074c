package io.polylog.log.crash;

import io.polylog.io.Disk;
import io.polylog.io.sim.SimClock;
import io.polylog.io.sim.SimDisk;
import io.polylog.log.Batch;
import io.polylog.log.LogConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/// What stays through all lives of a simulated run: the disk, the clock, the auditors, and the seed
/// from which everything is drawn.
final class Rig {
    static final Path DIRECTORY = Path.of("/data");

    private static final int SEGMENT_UNIT = 64 << 10;
    private static final int NOTE_BYTES = 4_000;

    /// The active one, one that is ready, and two freed ones that are kept for use.
    private static final int MOST_IDLE_SEGMENTS = 4;

    private static final int[] LARGEST_PAYLOADS = {1_000, 20_000, 150_000};

    final SplittableRandom random;
    final SimDisk disk;
    final Script script;
    private final long seed;
    private final Disk through;
    private final SimClock clock = new SimClock();
    private final List<ShardAudit> audits = new ArrayList<>();
    private final LogConfig config;
    private int lives;

    /// @param plant puts something between the log and the disk
    Rig(long seed, UnaryOperator<Disk> plant) {
        this.seed = seed;
        random = new SplittableRandom(seed);
        disk = new SimDisk(random.nextLong());
        through = plant.apply(disk);
        for (int id = 1 + random.nextInt(3); id > 0; id--) {
            audits.add(new ShardAudit(audits.size()));
        }
        config = config();
        script = new Script(random.split(), 1, LARGEST_PAYLOADS[random.nextInt(3)]);
    }

    private LogConfig config() {
        int first = SEGMENT_UNIT * (1 + random.nextInt(2));
        int segment = first * (1 << random.nextInt(3));
        int ring = 4 * segment + SEGMENT_UNIT * random.nextInt(8);
        return LogConfig.of(DIRECTORY)
                .withSizes(segment, first, ring)
                .withReserve(SEGMENT_UNIT)
                .withCheckpoint(Duration.ofMillis(1 + random.nextInt(100)));
    }

    /// Part of a run, which may break a promise.
    interface Part {
        void run() throws IOException;
    }

    /// Runs it, and adds to whatever it throws how to run it again.
    ///
    /// @param how what makes this run differ from others of the seed
    void report(String how, Part part) {
        try {
            part.run();
        } catch (IOException | RuntimeException | AssertionError e) {
            throw new Violation(
                    "seed %d%s, life %d: %s%n  the last calls were:%n    %s"
                            .formatted(
                                    seed, how, lives, e, String.join("\n    ", disk.lastCalls())),
                    e);
        }
    }

    /// Starts the next life.
    Life live() throws IOException {
        lives++;
        return new Life(disk, through, clock, config, audits, random);
    }

    /// Ends a life without its help.
    void die() {
        if (random.nextInt(4) == 0) {
            disk.kill();
        } else {
            disk.losePower();
        }
    }

    /// Uses the log in one of many ways.
    void act(Life life) {
        if (random.nextInt(20) == 0) {
            life.readSome();
        } else {
            actWithoutReading(life);
        }
    }

    void actWithoutReading(Life life) {
        switch (random.nextInt(20)) {
            case 0, 1 -> life.settle();
            case 4 -> life.passTime(random.nextLong(20_000_000));
            case 2 -> life.askForCheckpoint();
            case 3 -> life.jumpWallMs(random.nextInt(2_000) - 1_000);
            case 5, 6, 7, 8, 9, 10 -> life.step(1 + random.nextInt(6));
            default -> life.propose(script.next());
        }
    }

    /// Uses the log while its disk is full or nearly so, and makes room again: then it takes new
    /// data by itself.
    void starve(Life life) {
        disk.leaveRoom(random.nextInt(6) * (long) SEGMENT_UNIT);
        for (int left = random.nextInt(150); left > 0; left--) {
            act(life);
        }
        disk.makeRoom();
        life.settle();
        life.proposeAndExpectDone(script.nextPublish());
    }

    /// Deletes all there is and goes on for some segments: then no file may be left but those that
    /// are written or wait for it.
    void checkNothingStays(Life life) throws IOException {
        for (int shard = 0; shard < audits.size(); shard++) {
            life.proposeAndExpectDone(script.nextDeletion());
        }
        for (int bytes = 0; bytes < 2 * config.segmentBytes(); bytes += NOTE_BYTES) {
            life.proposeAndExpectDone(script.nextNote(NOTE_BYTES));
        }
        life.askForCheckpoint();
        life.settle();
        List<String> files =
                disk.list(DIRECTORY).stream().filter(name -> name.startsWith("0")).toList();
        long segments = files.stream().filter(name -> name.endsWith(".log")).count();
        long others = files.stream().filter(name -> !name.matches(".*[.](log|new|cells)")).count();
        if (segments > MOST_IDLE_SEGMENTS || others > 0) {
            throw new Violation("nothing is owed, yet these stay: " + files);
        }
    }

    int lives() {
        return lives;
    }

    int refused(Batch.Refusal refusal) {
        return audits.stream().mapToInt(audit -> audit.refusedCount(refusal)).sum();
    }

    int batches() {
        return audits.stream().mapToInt(ShardAudit::appliedCount).sum();
    }
}
