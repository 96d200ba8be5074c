package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Browse.Seen;
import io.polylog.broker.Browse.State;
import io.polylog.broker.Delivery;
import io.polylog.broker.Interest;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.Settlement;
import io.polylog.broker.Topic;
import io.polylog.broker.Trail;
import io.polylog.broker.Transaction;
import io.polylog.broker.Transaction.Settled;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.shard.Removals.ReplayFate;
import io.polylog.broker.shard.Serving.Taken;
import io.polylog.broker.shard.Serving.TakenAll;
import io.polylog.broker.shard.StreamEnds;
import io.polylog.log.RecordStore.StoredRecord;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Replaces a message of a queue by one with another content, at the end of the queue: the old one
/// is gone and the new one there in one transaction. On the session's loop.
final class Edit {
    private final CoreSession session;
    private final Topic queue;
    private final long offset;
    private final UnaryOperator<Content> edit;
    private final Scan scan;
    private final CompletableFuture<Long> done = new CompletableFuture<>();
    private @Nullable Seen seen;
    private @Nullable StoredRecord stored;

    Edit(CoreSession session, Topic queue, long offset, UnaryOperator<Content> edit) {
        this.session = session;
        this.queue = queue;
        this.offset = offset;
        this.edit = edit;
        scan = new Scan(session, queue, queue.partitions().getFirst(), "");
    }

    CompletionStage<Long> begin() {
        scan.look(offset, this::find)
                .whenComplete((_, failed) -> {
                    if (failed == null) {
                        attempt(this::found);
                    } else {
                        done.completeExceptionally(failed);
                    }
                });
        return done;
    }

    private boolean find(Seen each, StoredRecord record) {
        if (each.offset() == offset && each.state() == State.READY) {
            seen = each;
            stored = record;
        }
        return false;
    }

    private void attempt(Runnable step) {
        try {
            step.run();
        } catch (BrokerException refused) {
            done.completeExceptionally(refused);
        } catch (IllegalArgumentException bad) {
            done.completeExceptionally(
                    new BrokerException(Kind.INVALID, String.valueOf(bad.getMessage())));
        }
    }

    private BrokerException notReady() {
        return new BrokerException(
                Kind.NOT_FOUND,
                "no ready message at offset " + offset + " of '" + queue.spec().name() + "'");
    }

    private void found() {
        Seen message = seen;
        StoredRecord record = stored;
        if (message == null || record == null) {
            throw notReady();
        }
        Content edited = edit.apply(message.content());
        Trail before = message.content().envelope().trail();
        Trail trail =
                before == null
                        ? new Trail(Passages.origin(record, queue.spec().name().name()))
                        : before;
        Content content =
                new Content(edited.encoding(), edited.envelope().with(trail), edited.bytes());
        Span span = new Span(offset, offset + 1, message.attempt());
        scan.port()
                .ask(
                        session.loop(),
                        serving -> serving.inspection().pick(scan.stream(), List.of(span)),
                        taken -> attempt(() -> taken(taken, record, content)));
    }

    private void taken(TakenAll all, StoredRecord record, Content content) {
        if (all.assignments().isEmpty()) {
            throw notReady();
        }
        Taken taken =
                new Taken(
                        all.subscription(),
                        all.epoch(),
                        Interest.ALL,
                        all.assignments().getFirst());
        Topic.Partition partition = queue.partitions().getFirst();
        Delivery old = session.consumers().taking().adopt(queue, partition, taken, record);
        TopicName name = queue.spec().name();
        Address back = new Address.Via(name.namespace(), "", name.name(), headers(content));
        StreamEnds ends = scan.port().ends(scan.stream());
        long end = ends == null ? 0 : ends.end();
        session.transact(
                        new Transaction(
                                List.of(new Publication(back, content)),
                                List.of(new Settled(old, Settlement.ACCEPT))))
                .whenComplete((_, failed) -> {
                    if (failed == null) {
                        session.core().removals().replayed(ReplayFate.EDITED, 1);
                        lookFor(content, end);
                    } else {
                        done.completeExceptionally(BrokerException.reason(failed));
                    }
                });
    }

    /// Without the id: it is no publish, and no window of ids must keep it away.
    private Metadata headers(Content content) {
        return () -> session.core().metadata(content).headers();
    }

    /// Where it is now.
    private void lookFor(Content content, long from) {
        long[] place = {-1};
        scan.through(
                        from,
                        Long.MAX_VALUE,
                        (each, _) -> {
                            boolean same = each.content().bytes().equals(content.bytes());
                            place[0] = same && place[0] < 0 ? each.offset() : place[0];
                            return true;
                        })
                .whenComplete((_, failed) -> {
                    if (failed == null) {
                        done.complete(place[0]);
                    } else {
                        done.completeExceptionally(failed);
                    }
                });
    }
}
