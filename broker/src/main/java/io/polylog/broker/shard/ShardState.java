package io.polylog.broker.shard;

import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.machine.Cells;
import io.polylog.broker.machine.Effects;
import io.polylog.broker.machine.Request;
import io.polylog.broker.machine.Result;
import io.polylog.log.RecordStore;
import io.polylog.log.ShardMachine.Entry;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What the parts of a shard's machine share. On the shard's thread, but for looking streams up.
final class ShardState {
    final RecordStore store;
    final Cells cells = new Cells();
    final Effects effects = new Effects();
    final Removals removals;

    /// By id. Only the shard's thread changes it.
    final ConcurrentHashMap<Long, Stream> streams = new ConcurrentHashMap<>();

    /// Whether the volatile plane is alive: replay is over.
    boolean leading;

    /// Time of the batch that is being applied.
    long timeMs;

    /// Epoch of the batch that is being applied.
    long epoch;

    /// How many streams are sealed: none, nearly always.
    private int sealedStreams;

    /// Producers of all streams.
    final ProducerExpiry producers = new ProducerExpiry(streams, cells);

    /// Those that are not over.
    final Transactions transactions = new Transactions(this);

    /// What came from other streams.
    final Arrivals arrivals = new Arrivals(cells);

    /// When hidden messages become due.
    final Timers timers = new Timers(cells);

    /// What topics keep only while somebody wants it.
    final Wanted wanted = new Wanted(this);

    /// What was said of messages that came back.
    final LastErrors errors = new LastErrors(cells);

    private List<Stream> touched = new ArrayList<>();
    private @Nullable Request request;

    ShardState(RecordStore store, Removals removals) {
        this.store = store;
        this.removals = removals;
    }

    /// A batch begins.
    void begin(Entry entry) {
        timeMs = entry.timeMs();
        epoch = entry.epoch();
        request = entry.proposer() instanceof Request r && r.claim() ? r : null;
    }

    /// What names deliveries of a subscription by who leads now ([SettleCommand#epoch(long,long)]);
    /// [SettleCommand#NO_EPOCH] where it is gone.
    long epoch(long subscriptionId) {
        Stream stream = streams.get(StreamId.stream(subscriptionId));
        Subscription there = stream == null ? null : stream.subscription(subscriptionId);
        return there == null ? SettleCommand.NO_EPOCH : there.epoch(epoch);
    }

    /// A batch is over.
    void end() {
        if (request != null) {
            effects.answer(request);
            request = null;
        }
    }

    /// Says something about a command of the running batch.
    void result(int command, Result result) {
        if (request != null) {
            request.result(command, result);
        }
    }

    /// Before a stream changes.
    void touch(Stream stream) {
        cells.touch(stream);
        mark(stream);
    }

    /// Closes a stream to publishers, or opens it again; the caller has touched it.
    void seal(Stream stream, boolean sealed) {
        if (stream.sealed != sealed) {
            stream.sealed = sealed;
            sealedStreams += sealed ? 1 : -1;
        }
    }

    /// A stream of a checkpoint is back.
    void restored(Stream stream) {
        streams.put(stream.id, stream);
        sealedStreams += stream.sealed ? 1 : 0;
    }

    /// Whether any stream is sealed.
    boolean anySealed() {
        return sealedStreams > 0;
    }

    /// The stream is looked at when the commit is over.
    void mark(Stream stream) {
        if (!stream.touched) {
            stream.touched = true;
            touched.add(stream);
        }
    }

    /// Streams marked since this was last asked.
    Iterator<Stream> takeTouched() {
        List<Stream> taken = touched;
        touched = new ArrayList<>();
        return taken.iterator();
    }
}
