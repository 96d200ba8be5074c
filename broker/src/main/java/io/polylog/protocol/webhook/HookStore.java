package io.polylog.protocol.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.Broker;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.InternalStream;
import io.polylog.broker.Reader;
import io.polylog.broker.meta.Catalog;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the definitions: the newest of each name, as JSON, in an internal stream that no client
/// can reach, because secrets are in it. Any thread; one change at a time is under way.
final class HookStore {
    private static final Logger log = LoggerFactory.getLogger(HookStore.class);
    private static final String NAME = "webhooks";
    private static final int READ_BYTES = 1 << 20;

    private final Broker broker;
    private final Executor slow;
    private CompletionStage<@Nullable Void> last = CompletableFuture.completedFuture(null);
    private @Nullable InternalStream stream;

    /// A record of the stream.
    ///
    /// @param definition null where the webhook is gone
    record Kept(HookName key, @Nullable Definition definition) {}

    /// @param slow runs what blocks
    HookStore(Broker broker, Executor slow) {
        this.broker = broker;
        this.slow = slow;
    }

    /// Made at the first change: a broker without webhooks has none.
    private synchronized InternalStream stream() {
        InternalStream open = stream;
        if (open == null) {
            open = broker.internalStream(NAME, 1, 0);
            stream = open;
        }
        return open;
    }

    /// All that is kept. Blocks.
    Map<HookName, Definition> load() {
        Map<HookName, Definition> all = new LinkedHashMap<>();
        TopicName name = new TopicName(Catalog.INTERNAL_NAMESPACE, NAME);
        if (broker.definitions().topic(name) == null) {
            return all;
        }
        InternalStream from = stream();
        long end = from.endOffset();
        long next = 0;
        while (next < end) {
            Reader.ReadResult read = from.read(next, READ_BYTES);
            read.records().forEach(entry -> take(entry, all));
            if (read.damage() != null) {
                log.error("of the webhooks: {}", read.damage());
            }
            next = read.nextOffset() > next ? read.nextOffset() : end;
        }
        return all;
    }

    private static void take(Reader.Entry entry, Map<HookName, Definition> all) {
        ByteBuffer content = entry.content().bytes();
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        try {
            Kept kept = HookJson.kept(bytes);
            if (kept.definition == null) {
                all.remove(kept.key);
            } else {
                all.put(kept.key, kept.definition);
            }
        } catch (IllegalArgumentException damaged) {
            log.error("a webhook cannot be read, offset {}", entry.offset(), damaged);
        }
    }

    /// Writes what becomes of a name; durable when the stage completes, on a thread of its own.
    /// Fails with [BrokerException].
    synchronized CompletionStage<@Nullable Void> write(Kept kept) {
        last =
                last.exceptionally(_ -> null)
                        .thenComposeAsync(_ -> append(kept), slow)
                        .thenAcceptAsync(HookStore::check, slow);
        return last;
    }

    private CompletionStage<Outcome> append(Kept kept) {
        CompletableFuture<Outcome> done = new CompletableFuture<>();
        InternalStream to = stream();
        to.append(
                to.epoch(),
                to.endOffset(),
                1,
                ByteBuffer.wrap(HookJson.stored(kept)),
                List.of(kept.key.toString().getBytes(UTF_8)),
                List.of(kept.definition == null),
                results -> done.complete(results.getFirst().outcome()));
        return done;
    }

    private static void check(Outcome outcome) {
        Kind kind =
                switch (outcome) {
                    case APPENDED -> null;
                    case BUSY -> Kind.BUSY;
                    case DISK_FULL -> Kind.DISK_FULL;
                    default -> Kind.CLOSED;
                };
        if (kind != null) {
            throw new BrokerException(kind, "the webhook is not stored: " + outcome);
        }
    }
}
