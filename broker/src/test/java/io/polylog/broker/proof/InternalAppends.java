package io.polylog.broker.proof;

import io.polylog.broker.AppendListener;
import io.polylog.broker.InternalStream;
import io.polylog.broker.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What tests do as the one writer of an internal stream.
final class InternalAppends {
    private InternalAppends() {}

    /// Keys of a record, one per offset.
    ///
    /// @param keys null for an offset without one
    /// @param tombstones whether an offset deletes its key
    record Keys(List<byte @Nullable []> keys, List<Boolean> tombstones) {}

    static Keys keyless(int span) {
        return new Keys(Collections.nCopies(span, null), Collections.nCopies(span, false));
    }

    static Keys key(String key, boolean tombstone) {
        return new Keys(List.of(bytes(key)), List.of(tombstone));
    }

    /// Appends a record of as many offsets as there are keys.
    static CompletableFuture<AppendListener.Result> start(
            InternalStream stream, long epoch, long expectedEnd, String text, Keys keys) {
        CompletableFuture<AppendListener.Result> decided = new CompletableFuture<>();
        stream.append(
                epoch,
                expectedEnd,
                keys.keys.size(),
                ByteBuffer.wrap(bytes(text)),
                keys.keys,
                keys.tombstones,
                results -> decided.complete(results.getFirst()));
        return decided;
    }

    /// Appends the key itself as a record under it, and waits.
    static AppendListener.Result append(
            Rig rig, InternalStream stream, long expectedEnd, String key, boolean tombstone) {
        return rig.await(start(stream, stream.epoch(), expectedEnd, key, key(key, tombstone)));
    }

    /// All that is kept, in pieces.
    static List<Reader.Entry> read(Rig rig, InternalStream stream) {
        List<Reader.Entry> entries = new ArrayList<>();
        long[] offset = {0};
        while (offset[0] < stream.endOffset()) {
            Reader.ReadResult result = rig.blocking(() -> stream.read(offset[0], 100));
            entries.addAll(result.records());
            if (result.nextOffset() <= offset[0]) {
                throw new AssertionError("no way on from " + offset[0] + ": " + result);
            }
            offset[0] = result.nextOffset();
        }
        return entries;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
