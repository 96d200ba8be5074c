package io.polylog.log.crash;

import io.polylog.io.Disk;
import io.polylog.io.SeededEntropy;
import io.polylog.io.sim.SimClock;
import io.polylog.io.sim.SimDisk;
import io.polylog.io.sim.SimScheduler;
import io.polylog.io.sim.SimWorkers;
import io.polylog.log.Log;
import io.polylog.log.LogConfig;
import io.polylog.log.ShardLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// One life of the process: a log opened over the simulated disk, used, and closed or crashed. One
/// thread; each step may throw [io.polylog.io.sim.SimulatedCrash].
final class Life {
    private static final long LONG_NANOS = 2_000_000_000;
    private static final int MANY_STEPS = 100_000;

    private final SimDisk disk;
    private final SplittableRandom random;
    private final SimClock clock;
    private final SimWorkers workers;
    private final List<ShardAudit> audits;
    private final Log log;
    private final List<ShardLog> shards = new ArrayList<>();
    private final List<Answers> answers = new ArrayList<>();
    private @Nullable String fatal;
    private @Nullable Violation violation;

    /// @param through the disk as the log sees it: `disk` itself or something planted before it
    Life(
            SimDisk disk,
            Disk through,
            SimClock clock,
            LogConfig config,
            List<ShardAudit> audits,
            SplittableRandom random)
            throws IOException {
        this.disk = disk;
        this.random = random;
        this.clock = clock;
        this.audits = audits;
        workers = new SimWorkers(random.nextLong(), clock, new SimScheduler(clock));
        SeededEntropy entropy = new SeededEntropy(random.nextLong());
        Log.Machinery machinery = new Log.Machinery(through, clock, entropy, workers);
        log = Log.open(config, machinery, this::failed);
        for (int id = 0; id < audits.size(); id++) {
            ShardAudit audit = audits.get(id);
            shards.add(log.shard(id, store -> new LedgerMachine(store, audit)));
        }
        log.start();
        checkProgress();
        for (ShardAudit audit : audits) {
            if (!audit.leads()) {
                throw new Violation("a shard does not lead after start");
            }
        }
    }

    private void failed(String reason, Throwable cause) {
        fatal = reason + ": " + cause;
        if (cause instanceof Violation seen) {
            violation = seen;
        }
    }

    /// The log takes a crash and a violation for failures of its own machinery: they are neither.
    private void checkProgress() {
        if (violation != null) {
            throw violation;
        }
        disk.checkUp();
    }

    /// Why the log has stopped by itself, null while it runs.
    @Nullable String fatal() {
        return fatal;
    }

    /// Nothing was wrong with the disk: then the log must not have stopped or found damage.
    void checkSound() {
        if (fatal != null || !log.damage().isEmpty()) {
            throw new Violation("not so on a sound disk: " + fatal + " " + log.damage());
        }
    }

    void proposeAndExpectDone(Script.Next next) {
        propose(next);
        settle();
        if (!answers.getLast().done()) {
            throw new Violation("nothing hinders batch " + next.batch() + ", yet it was refused");
        }
    }

    void propose(Script.Next next) {
        int shard = next.shard(shards.size());
        Answers answer = new Answers(next.batch(), audits.get(shard), this::stopped, disk::down);
        answers.add(answer);
        audits.get(shard).proposed(next.batch(), next.acts());
        shards.get(shard).propose(next.toBatch(answer));
    }

    private boolean stopped() {
        return fatal != null;
    }

    /// Lets the log's threads take some steps.
    void step(int steps) {
        for (int i = 0; i < steps && workers.step(); i++) {
            checkProgress();
        }
    }

    /// Lets all that waits be done, and its watermark be sealed.
    void settle() {
        long end = clock.nanos() + LONG_NANOS;
        for (int i = 0; clock.nanos() < end && workers.stepBefore(end); i++) {
            checkProgress();
            if (i > MANY_STEPS) {
                throw new Violation("the log finds no rest");
            }
        }
    }

    /// Asks for a checkpoint; whether there was room for it is not looked at.
    void askForCheckpoint() {
        CompletionStage<Void> _ = log.checkpoint();
    }

    void passTime(long nanos) {
        clock.advanceNanos(nanos);
    }

    void jumpWallMs(long ms) {
        clock.jumpWallMs(ms);
    }

    /// Reads a part of each shard as a consumer.
    void readSome() {
        for (int id = 0; id < shards.size(); id++) {
            if (audits.get(id).settled()) {
                new StreamCheck(shards.get(id).store(), audits.get(id), random).readSome();
            }
        }
    }

    /// Reads all there is.
    void readAll() {
        for (int id = 0; id < shards.size(); id++) {
            new StreamCheck(shards.get(id).store(), audits.get(id), random).readAll();
        }
    }

    /// Reads all there is from a disk that was damaged.
    ///
    /// @return how many ranges were told to be unreadable
    int readAllButDamage() {
        int damages = 0;
        for (int id = 0; id < shards.size(); id++) {
            StreamCheck check = new StreamCheck(shards.get(id).store(), audits.get(id), random);
            check.toleratingDamage().readAll();
            damages += check.damages();
        }
        return damages;
    }

    /// Stops as after SIGTERM.
    void close() throws IOException {
        try {
            log.close();
        } finally {
            checkProgress();
        }
        checkAllAnswered();
    }

    /// Everything proposed must have been answered: after close, or after the log has failed.
    void checkAllAnswered() {
        for (Answers answer : answers) {
            if (!answer.answered()) {
                throw new Violation("a batch was never answered");
            }
        }
    }
}
