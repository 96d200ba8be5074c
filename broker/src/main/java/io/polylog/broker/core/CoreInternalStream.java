package io.polylog.broker.core;

import io.polylog.broker.AppendListener;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.InternalStream;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Reader.Entry;
import io.polylog.broker.Reader.ReadResult;
import io.polylog.broker.command.AppendInternalCommand;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.StageKeysCommand;
import io.polylog.broker.command.StageKeysCommand.RecordKey;
import io.polylog.broker.machine.Request;
import io.polylog.broker.machine.Result;
import io.polylog.broker.shard.Serving.Kept;
import io.polylog.broker.shard.ShardPort;
import io.polylog.broker.shard.StreamEnds;
import io.polylog.log.Batch;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// One partition of an internal topic.
final class CoreInternalStream implements InternalStream {
    private static final Mailbox AT_ONCE = Runnable::run;

    /// Kept records looked at in one read.
    private static final int RECORDS = 1024;

    private final ShardPort port;
    private final long stream;
    private final StreamEnds ends;

    CoreInternalStream(ShardPort port, long stream) {
        this.port = port;
        this.stream = stream;
        ends = Objects.requireNonNull(port.ends(stream), "the stream is not open");
    }

    @Override
    public long epoch() {
        return port.epoch();
    }

    @Override
    public long endOffset() {
        return ends.end();
    }

    @Override
    public void append(
            long epoch,
            long expectedEnd,
            int span,
            ByteBuffer bytes,
            List<byte[]> keys,
            List<Boolean> tombstones,
            AppendListener listener) {
        List<Command> commands = new ArrayList<>(2);
        stage(keys, tombstones, commands);
        HeadWriter head = new HeadWriter(24);
        new AppendInternalCommand(stream, epoch, expectedEnd).encode(head);
        commands.add(new Command(AppendInternalCommand.TYPE, span, head.toBuffer(), bytes));
        // A group's commits are its acknowledgements: they go on while the disk is full.
        port.propose(new Batch(commands, Urgency.SETTLE, new Appending(listener)));
    }

    private static void stage(List<byte[]> keys, List<Boolean> tombstones, List<Command> commands) {
        List<RecordKey> staged = new ArrayList<>();
        int bytes = 0;
        for (int i = 0; i < keys.size(); i++) {
            byte @Nullable [] key = keys.get(i);
            int length = key == null ? 0 : key.length;
            if (bytes + length > StageKeysCommand.MAX_BYTES && !staged.isEmpty()) {
                commands.add(keys(staged));
                staged.clear();
                bytes = 0;
            }
            staged.add(new RecordKey(key, tombstones.get(i)));
            bytes += length + 8;
        }
        if (!staged.isEmpty()) {
            commands.add(keys(staged));
        }
    }

    private static Command keys(List<RecordKey> staged) {
        HeadWriter head = new HeadWriter(64);
        new StageKeysCommand(staged).encode(head);
        return Command.of(StageKeysCommand.TYPE, head.toBuffer());
    }

    /// Answers on the shard's thread.
    private static final class Appending extends Request {
        private final AppendListener listener;
        private AppendListener.@Nullable Result decided;

        Appending(AppendListener listener) {
            super(AT_ONCE);
            this.listener = listener;
        }

        @Override
        public void result(int command, Result result) {
            if (result instanceof Result.Appended(AppendListener.Result appended)) {
                decided = appended;
            }
        }

        @Override
        public void answered(Batch.@Nullable Refusal refusal) {
            AppendListener.Result said = decided;
            if (said == null) {
                Outcome outcome =
                        switch (refusal) {
                            case DISK_FULL -> Outcome.DISK_FULL;
                            case BUSY -> Outcome.BUSY;
                            case CLOSED, NOT_LEADER, UNKNOWN -> Outcome.CLOSED;
                            case null -> Outcome.CLOSED;
                        };
                said = new AppendListener.Result(outcome, -1, -1, -1);
            }
            listener.decided(List.of(said));
        }
    }

    @Override
    public ReadResult read(long offset, int maxBytes) {
        return read(offset, maxBytes, Core.join(keptFrom(offset)));
    }

    /// What is kept. Completes on the shard's thread.
    CompletionStage<Kept> keptFrom(long offset) {
        CompletableFuture<Kept> kept = new CompletableFuture<>();
        port.ask(AT_ONCE, serving -> serving.kept(stream, offset, RECORDS), kept::complete);
        return kept;
    }

    /// Leaves out records that are not owed but still found, and steps over those that are gone.
    ReadResult read(long offset, int maxBytes, Kept kept) {
        List<Long> firsts = kept.offsets();
        if (firsts.isEmpty() || offset >= kept.end()) {
            return new ReadResult(List.of(), Math.max(offset, kept.end()), null);
        }
        Read read = port.store().read(stream, Math.max(offset, firsts.getFirst()), maxBytes);
        Set<Long> owed = new HashSet<>(firsts);
        List<Entry> entries = new ArrayList<>(read.records().size());
        for (StoredRecord stored : read.records()) {
            if (owed.contains(stored.offset()) && stored.offset() < kept.end()) {
                entries.add(StoredContent.entry(stored));
            }
        }
        if (read.damage() != null) {
            return new ReadResult(entries, read.nextOffset(), StreamReader.text(read.damage()));
        }
        long position = Math.max(offset, read.nextOffset());
        long next = firsts.stream().filter(first -> first >= position).findFirst().orElse(-1L);
        return new ReadResult(entries, next < 0 ? kept.end() : Math.min(next, kept.end()), null);
    }
}
