package io.polylog.log.crash;

import io.polylog.io.Disk;
import io.polylog.io.sim.Fault;
import io.polylog.io.sim.SimulatedCrash;
import io.polylog.log.Batch;
import java.io.IOException;
import java.util.function.UnaryOperator;

/// Several lives of a log on one disk, most of which end in a crash: at an I/O call drawn from the
/// seed (also while it starts or closes) or between two, by the loss of power or of the process
/// alone. After each, what the log comes back with is held against what it had promised.
public final class CrashRun {
    private static final int[] CALLS_BEFORE_CRASH = {12, 60, 400, 2_000};

    private final Rig rig;

    public CrashRun(long seed) {
        this(seed, disk -> disk);
    }

    /// @param plant puts something between the log and the disk
    public CrashRun(long seed, UnaryOperator<Disk> plant) {
        rig = new Rig(seed, plant);
    }

    /// Runs it all; throws a [Violation] that names the seed.
    public void run() {
        rig.report("", this::runAll);
    }

    /// How many lives there were.
    public int lives() {
        return rig.lives();
    }

    /// Batches that were applied.
    public int batches() {
        return rig.batches();
    }

    /// Batches that were refused for a reason.
    public int refused(Batch.Refusal refusal) {
        return rig.refused(refusal);
    }

    private void runAll() throws IOException {
        for (int left = 2 + rig.random.nextInt(4); left > 0; left--) {
            liveAndDie();
        }
        Life last = rig.live();
        last.readAll();
        rig.checkNothingStays(last);
        last.close();
        rig.die();
        rig.live().readAll();
    }

    private void liveAndDie() throws IOException {
        int range = CALLS_BEFORE_CRASH[rig.random.nextInt(CALLS_BEFORE_CRASH.length)];
        rig.disk.failNth(1 + rig.random.nextInt(range), Fault.CRASH);
        try {
            Life life = rig.live();
            life.checkSound();
            if (rig.random.nextInt(3) == 0) {
                life.readAll();
            }
            if (rig.random.nextInt(8) == 0) {
                rig.starve(life);
                life.checkSound();
            }
            for (int left = rig.random.nextInt(120); left > 0; left--) {
                rig.act(life);
                life.checkSound();
            }
            if (rig.random.nextInt(3) == 0) {
                life.close();
            }
            rig.disk.powerOff();
        } catch (SimulatedCrash expected) {
            // the point of it
        }
        rig.disk.makeRoom();
        rig.die();
    }
}
