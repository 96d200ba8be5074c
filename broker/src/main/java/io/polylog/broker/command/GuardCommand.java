package io.polylog.broker.command;

import io.polylog.broker.Append.ProducerStamp;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Says which of the following guarded publishes of the same batch take effect: they carry the
/// opened records of a producer's batch, and must be stored exactly when the batch is, and once.
///
/// @param source stream the batch was sent to; a producer's sequence is kept per source
/// @param mode what stands for the batch itself
/// @param follows whether the batch before it was handed over right before, with its records for
///   the same targets: then a target that does not know of it has missed it
/// @param recordCount records in the batch
/// @param producer identity for de-duplication, or null
public record GuardCommand(
        long source,
        Mode mode,
        boolean follows,
        int recordCount,
        @Nullable ProducerStamp producer) {
    public static final int TYPE = 3;
    private static final int VERSION = 1;

    /// What stands for the batch itself. The order is the log's: add at the end only.
    public enum Mode {
        /// Its records, one by one: the source takes messages.
        OPENED,
        /// The append right before the guard.
        AFTER_APPEND,
        /// Another shard has stored it.
        STORED_ELSEWHERE;

        private static final List<Mode> ALL = List.of(values());
    }

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(source).octet(Mode.ALL.indexOf(mode)).flag(follows);
        out.number(recordCount);
        Stamps.encode(out, producer);
    }

    public static GuardCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "guard");
        HeadReader in = new HeadReader(head);
        return new GuardCommand(
                in.number(), Mode.ALL.get(in.octet()), in.flag(), in.integer(), Stamps.decode(in));
    }
}
