package io.polylog.server;

import io.polylog.broker.Broker;
import io.polylog.broker.core.Core;
import io.polylog.broker.core.CoreMachines;
import io.polylog.broker.core.Logs;
import io.polylog.broker.core.Surroundings;
import io.polylog.broker.meta.BuiltIns;
import io.polylog.config.LogSection;
import io.polylog.config.NodeSection;
import io.polylog.log.FatalHandler;
import io.polylog.log.Log;
import io.polylog.log.LogConfig;
import io.polylog.log.MemoryShardLog;
import io.polylog.log.ShardLog;
import io.polylog.metrics.Metrics;
import io.polylog.protocol.amqp091.Amqp091Protocol;
import io.polylog.security.Permissions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log and the broker on it. Opened by [#open], which returns when everything is as it was
/// before the last stop; closed once, when no connection is left.
final class Engine implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Engine.class);

    /// The definitions' shard; data shards follow it. Written into the log: not to be changed.
    private static final int META_SHARD = 0;

    private static final String SUBJECT_EXCHANGE = "amq.topic";

    /// What may wait for the memory shard before proposals are refused.
    private static final long MEMORY_WAITING_BYTES = 32L << 20;

    private final Log durable;
    private final MemoryShardLog memory;
    private final Broker broker;

    private Engine(Log durable, MemoryShardLog memory, Broker broker) {
        this.durable = durable;
        this.memory = memory;
        this.broker = broker;
    }

    /// Opens the data directory and brings the state back.
    static Engine open(
            NodeSection node,
            LogSection settings,
            Machine machine,
            Metrics metrics,
            Permissions permissions,
            FatalHandler onFatal)
            throws StartException {
        Path directory = Path.of(node.dataDir());
        long started = machine.clock().nanos();
        try {
            Log durable = openLog(directory, settings, machine, onFatal);
            try {
                Engine engine = start(durable, settings.shards(), machine, metrics, permissions);
                report(durable, directory, machine, started);
                return engine;
            } catch (IOException | RuntimeException e) {
                durable.close();
                throw e;
            }
        } catch (IOException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    Broker broker() {
        return broker;
    }

    /// Names this data directory for ever.
    String directoryId() {
        return durable.directoryId();
    }

    @Override
    public void close() throws IOException {
        memory.close();
        durable.close();
    }

    private static Log openLog(
            Path directory, LogSection settings, Machine machine, FatalHandler onFatal)
            throws IOException {
        LogConfig defaults = LogConfig.of(directory);
        LogConfig config =
                new LogConfig(
                        directory,
                        settings.segmentBytes(),
                        Math.min(defaults.firstSegmentBytes(), settings.segmentBytes()),
                        settings.memoryBytes(),
                        defaults.waitingBytes(),
                        settings.reserveBytes(),
                        settings.pace(),
                        defaults.relaxed(),
                        defaults.seal(),
                        defaults.checkpoint());
        Log.Machinery machinery =
                new Log.Machinery(
                        machine.disk(), machine.clock(), machine.entropy(), machine.workers());
        return Log.open(config, machinery, onFatal);
    }

    private static Engine start(
            Log durable, int shards, Machine machine, Metrics metrics, Permissions permissions)
            throws IOException {
        BuiltIns builtIns = new BuiltIns(Amqp091Protocol.predeclaredExchanges(), SUBJECT_EXCHANGE);
        CoreMachines machines = new CoreMachines(builtIns, shards, metrics);
        ShardLog meta = durable.shard(META_SHARD, machines::meta);
        List<ShardLog> data = new ArrayList<>();
        for (int shard = 0; shard < shards; shard++) {
            int number = shard;
            data.add(durable.shard(META_SHARD + 1 + shard, store -> machines.data(number, store)));
        }
        durable.start();
        MemoryShardLog memory =
                new MemoryShardLog(
                        "polylog-memory",
                        MEMORY_WAITING_BYTES,
                        machine.clock(),
                        machine.workers(),
                        machines::memory);
        try {
            Surroundings surroundings =
                    new Surroundings(
                            machine.clock(),
                            machine.scheduler(),
                            machine.entropy(),
                            permissions,
                            Encodings.OPENER);
            Broker broker = Core.start(machines, new Logs(meta, data, memory), surroundings);
            return new Engine(durable, memory, broker);
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    private static void report(Log durable, Path directory, Machine machine, long started)
            throws IOException {
        durable.damage().forEach(range -> log.error("unreadable since the last stop: {}", range));
        log.info(
                "data in {}, writes {}, state back in {} ms, {} batches replayed",
                directory.toAbsolutePath(),
                machine.disk().writeMethod(directory),
                (machine.clock().nanos() - started) / 1_000_000,
                durable.replayedBatches());
    }
}
