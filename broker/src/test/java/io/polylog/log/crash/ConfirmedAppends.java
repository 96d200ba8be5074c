package io.polylog.log.crash;

import io.polylog.io.RealDisk;
import io.polylog.io.SystemClock;
import io.polylog.io.SystemEntropy;
import io.polylog.io.ThreadWorkers;
import io.polylog.log.Batch;
import io.polylog.log.FatalHandler;
import io.polylog.log.Log;
import io.polylog.log.LogConfig;
import io.polylog.log.ShardLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;

/// A process of its own that appends to a real log until it is cut off, and says on its standard
/// output what was acknowledged: `ready`, then `batch index epoch` a line.
public final class ConfirmedAppends {
    static final int SHARDS = 2;
    static final int IN_FLIGHT = 64;

    private static final int SEGMENT_BYTES = 1 << 20;
    private static final int LARGEST_PAYLOAD = 60_000;
    private static final int BROKEN = 3;

    private ConfirmedAppends() {}

    /// The log as this process and its examiner open it.
    static Log open(Path directory, FatalHandler onFatal) throws IOException {
        LogConfig config =
                LogConfig.of(directory)
                        .withSizes(SEGMENT_BYTES, SEGMENT_BYTES / 4, 8 * SEGMENT_BYTES)
                        .withReserve(SEGMENT_BYTES);
        ThreadWorkers workers =
                new ThreadWorkers((thread, e) -> onFatal.failed(thread.getName(), e));
        Log.Machinery machinery =
                new Log.Machinery(new RealDisk(), new SystemClock(), new SystemEntropy(), workers);
        return Log.open(config, machinery, onFatal);
    }

    /// What the process proposes, in order; the same for the same arguments.
    static Script script(long seed, long firstBatch) {
        return new Script(new SplittableRandom(seed), firstBatch, LARGEST_PAYLOAD);
    }

    /// Appends for ever.
    ///
    /// @param args directory, seed, number of the first batch
    public static void main(String[] args) throws Exception {
        Log log =
                open(
                        Path.of(args[0]),
                        (reason, cause) -> {
                            System.err.println(reason);
                            Runtime.getRuntime().halt(BROKEN);
                        });
        List<ShardLog> shards = new ArrayList<>();
        for (int id = 0; id < SHARDS; id++) {
            shards.add(log.shard(id, store -> new LedgerMachine(store, Witness.silent())));
        }
        log.start();
        System.out.println("ready");
        Script script = script(Long.parseLong(args[1]), Long.parseLong(args[2]));
        Semaphore window = new Semaphore(IN_FLIGHT);
        while (true) {
            window.acquire();
            Script.Next next = script.next();
            shards.get(next.shard(SHARDS)).propose(next.toBatch(new Speaker(next, window)));
        }
    }

    /// Says what was acknowledged.
    private record Speaker(Script.Next next, Semaphore window) implements Batch.Proposer {
        @Override
        public void done(long index, long epoch) {
            System.out.println(next.batch() + " " + index + " " + epoch);
            window.release();
        }

        @Override
        public void refused(Batch.Refusal refusal) {
            System.err.println("batch " + next.batch() + " was refused: " + refusal);
            Runtime.getRuntime().halt(BROKEN);
        }
    }
}
