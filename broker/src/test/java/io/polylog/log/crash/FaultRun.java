package io.polylog.log.crash;

import io.polylog.io.Disk;
import io.polylog.io.sim.Fault;
import java.io.IOException;
import java.util.function.UnaryOperator;

/// A log that is used while one call of its disk fails. It may refuse to start, or stop with a
/// reason, or get over it; whatever it acknowledged is there when it is started again on a disk
/// that works.
public final class FaultRun {
    private static final int ACTS = 40;

    private final Rig rig;
    private final Fault fault;
    private final long nth;
    private boolean reached;
    private boolean stopped;

    /// @param nth which call of the second life fails
    public FaultRun(long seed, Fault fault, long nth) {
        this(seed, fault, nth, disk -> disk);
    }

    /// @param plant puts something between the log and the disk
    public FaultRun(long seed, Fault fault, long nth, UnaryOperator<Disk> plant) {
        rig = new Rig(seed, plant);
        this.fault = fault;
        this.nth = nth;
    }

    /// Runs it all; throws a [Violation] that says how to run it again.
    public void run() {
        rig.report(", " + fault + " in call " + nth, this::runAll);
    }

    /// Whether there were as many calls.
    public boolean reached() {
        return reached;
    }

    /// Whether the fault kept the log from starting or stopped it.
    public boolean stopped() {
        return stopped;
    }

    private void runAll() throws IOException {
        Life first = rig.live();
        use(first);
        first.checkSound();
        rig.die();
        long before = rig.disk.callCount();
        rig.disk.failNth(nth, fault);
        liveWithFault();
        reached = rig.disk.callCount() - before >= nth;
        rig.disk.heal();
        rig.die();
        Life healed = rig.live();
        healed.readAll();
        use(healed);
        healed.checkSound();
        healed.close();
        rig.die();
        rig.live().readAll();
    }

    private void liveWithFault() {
        Life life;
        try {
            life = rig.live();
        } catch (IOException refusedToStart) {
            stopped = true;
            return;
        }
        try {
            use(life);
            life.close();
        } catch (IOException seen) {
            stopped = true;
        }
        if (life.fatal() != null) {
            stopped = true;
            life.settle();
            life.checkAllAnswered();
        }
    }

    private void use(Life life) {
        for (int left = ACTS; left > 0 && life.fatal() == null; left--) {
            rig.actWithoutReading(life);
        }
    }
}
