package io.polylog.broker;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Reads a partition by offset. What the reader remembers is its own business: nothing is settled.
/// On a queue, settled offsets are left out and [#startOffset] is the oldest message kept; on a
/// compacted topic, superseded ones are. Called on the session's loop.
public interface Reader {
    /// Oldest offset that may be read.
    long startOffset();

    /// One past the newest offset that may be read (durable and applied).
    long endOffset();

    /// Reads from `offset` on: at least one record if there is one, then while payloads stay within
    /// `maxBytes`. An offset outside start..end gives an empty result at once.
    CompletionStage<ReadResult> read(long offset, int maxBytes);

    /// The first record whose own time (its sender's, or else the log's) is `timeMs` or later, with
    /// that time; null if there is none. Where senders' times go back and forth, records that are
    /// out of order by more than 1024 offsets may be missed in favour of a later one. For a batch
    /// its newest time counts.
    CompletionStage<@Nullable OffsetAtTime> find(long timeMs);

    /// The offset of the record whose own time is the newest, or -1 when there is none. On a queue
    /// the last record.
    CompletionStage<Long> newest();

    /// Bytes of content that are kept, about.
    CompletionStage<Long> heldBytes();

    /// Calls back on the loop, once, as soon as [#endOffset] is greater than `offset`, perhaps at
    /// once. Cancel when no longer wanted.
    Watch whenBeyond(long offset, Runnable task);

    /// Calls back on the loop, until cancelled, when the time of the last message of a subject is
    /// over that stays because of it ([TopicSpec.OwnTime#HEEDED_BUT_LAST]), and again about each
    /// second while it is there. Whoever hears it removes the message or stores another of its
    /// subject that replaces it.
    Watch whenLastIsOver(LastIsOver listener);

    /// Hears of the last messages of subjects.
    @FunctionalInterface
    interface LastIsOver {
        void over(String subject, long offset);
    }

    /// Lets go of the reader's watches.
    void close();

    /// A watch that can be called off.
    interface Watch {
        void cancel();
    }

    /// What was read.
    ///
    /// @param records in order; a record of form BATCHES may begin before the offset asked for
    /// @param nextOffset where to go on
    /// @param damage text about an unreadable range that follows directly, or null
    record ReadResult(List<Entry> records, long nextOffset, @Nullable String damage) {}

    /// One stored record.
    ///
    /// @param offset first offset
    /// @param span offsets it takes
    /// @param batch whether it is a producer's batch as sent; else one message
    /// @param timeMs the log's time for it
    /// @param content what was stored (encoding is the batch codec's for a batch)
    record Entry(long offset, int span, boolean batch, long timeMs, Publication.Content content) {}

    /// An offset found by time.
    record OffsetAtTime(long offset, long timeMs) {}
}
