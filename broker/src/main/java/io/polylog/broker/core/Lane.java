package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Delivery;
import io.polylog.broker.Filter;
import io.polylog.broker.Interest;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Topic;
import io.polylog.broker.command.CompactCommand;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.shard.Assignment;
import io.polylog.broker.shard.Attachment;
import io.polylog.broker.shard.Attachment.Receiver;
import io.polylog.broker.shard.ShardPort;
import io.polylog.broker.shard.Sifting.Left;
import io.polylog.broker.shard.StreamEnds;
import io.polylog.log.RecordStore.Damage;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A consumer's way along one partition: offsets assigned to it, read in pieces when they can be
/// delivered. Holds offsets, never bytes, between turns. On the session's loop.
final class Lane implements Receiver {
    private static final int MOST_BYTES = 256 * 1024;
    private static final int LEAST_BYTES = 16 * 1024;

    /// What a delivery takes beside its payload, about: many small ones are a piece too.
    private static final int RECORD_OVERHEAD = 64;

    /// Which of the session's lanes it is; 1 is the first.
    final long number;

    final ShardPort port;
    final long stream;
    Leases claims;
    private final LoopConsumer consumer;
    private final Topic topic;
    private final int partition;
    private Lifespan lifespan = Lifespan.of(Interest.ALL);
    private final Deque<Assignment> assigned = new ArrayDeque<>(0);
    private @Nullable Attachment attachment;

    /// What its subscription wants; null for everything.
    private @Nullable Sieve sieve;

    /// By what [#sieve] was made.
    private Filter filter = Filter.NONE;

    /// Settled ahead of being sent.
    private final Deque<Delivery> ahead = new ArrayDeque<>(0);

    private boolean settling;

    /// What it read and settled ahead, and has not sent.
    private long aheadBytes;

    private boolean waitsForRoom;

    /// What was read so far, with what it takes in memory beside.
    private long readBytes;

    /// Why the consumer ends as soon as it has what comes before.
    private @Nullable BrokerException failure;

    /// How much to read at once: less for a connection that stops often.
    private int pieceBytes = LEAST_BYTES;

    /// What a record took lately, to read no more than is assigned.
    private int recordBytes = 256;

    Lane(
            long number,
            LoopConsumer consumer,
            ShardPort port,
            Topic topic,
            Topic.Partition partition) {
        this.number = number;
        this.consumer = consumer;
        this.port = port;
        this.topic = topic;
        claims = consumer.session().consumers().leases(topic, consumer.ackTimeoutMs());
        this.partition = partition.number();
        this.stream = partition.stream();
    }

    LoopConsumer consumer() {
        return consumer;
    }

    Topic topic() {
        return topic;
    }

    int partition() {
        return partition;
    }

    /// @throws BrokerException INVALID where nobody can tell any more what the subscription wants
    void attached(Attachment made) {
        attachment = made;
        filter = made.interest().filter();
        sieve = consumer.session().core().sieves().of(filter, port);
        lifespan = Lifespan.of(made.interest());
        long ownMs = made.interest().ackTimeoutMs();
        if (ownMs >= 0 && consumer.ackTimeoutMs() < 0) {
            claims = consumer.session().consumers().leases(topic, ownMs);
        }
    }

    @Nullable Attachment attachment() {
        return attachment;
    }

    /// The subscription's id, or -1 before it is attached.
    long subscription() {
        return attachment == null ? -1 : attachment.subscription();
    }

    /// In which its shard's leader serves it.
    long epoch() {
        return attachment == null ? SettleCommand.NO_EPOCH : attachment.epoch();
    }

    /// Whether [#deliver] may find something.
    boolean hasWork() {
        boolean mayRead = !settling && !waitsForRoom;
        return !ahead.isEmpty() || (mayRead && (!assigned.isEmpty() || failure != null));
    }

    @Override
    public Mailbox mailbox() {
        return consumer.loop();
    }

    @Override
    public void assigned(List<Assignment> assignments) {
        if (consumer.isClosed()) {
            consumer.session().consumers().giveBack(this, assignments);
            return;
        }
        assigned.addAll(assignments);
        consumer.pump();
    }

    @Override
    public void exhausted(List<Span> gone) {
        gone.forEach(span -> consumer.exhausted(partition, span));
    }

    @Override
    public void removed(List<CompactCommand.Span> gone) {
        for (CompactCommand.Span span : gone) {
            for (int left = assigned.size(); left > 0; left--) {
                Assignment each = assigned.remove();
                Assignment before = each.below(span.first());
                Assignment behind = each.from(span.end());
                if (before.count() > 0) {
                    assigned.add(before);
                }
                if (behind.count() > 0) {
                    assigned.add(behind);
                }
                consumer.releaseLate(each.count() - before.count() - behind.count());
            }
        }
    }

    @Override
    public void cancelled() {
        consumer.cancelled();
    }

    /// What was assigned and not delivered.
    List<Assignment> takeUndelivered() {
        List<Assignment> taken = new ArrayList<>(assigned);
        assigned.clear();
        return taken;
    }

    /// Reads and delivers a piece of what is assigned.
    ///
    /// @return deliveries made
    int deliver() {
        int count = consumer.spec().settleOnSend() ? deliverSettled() : read(this::handOver);
        leaveOut();
        if (failure != null && ahead.isEmpty() && !settling) {
            consumer.failed(failure);
        }
        return count;
    }

    /// What was read and is not wanted leaves; the credit it took is free again.
    private void leaveOut() {
        Left left = sieve == null ? Left.NOTHING : sieve.takeLeft();
        if (!left.isNothing()) {
            long subscription = subscription();
            long epoch = epoch();
            port.run(serving -> serving.sifting().left(subscription, epoch, left));
            consumer.releaseLate(left.count());
        }
    }

    private boolean handOver(Delivery delivery) {
        claims.add(delivery.offset(), delivery.attempt());
        consumer.session().consumers().watch(claims);
        return consumer.deliver(delivery);
    }

    /// Reads a piece and settles it; what is settled is delivered. So a connection that is lost
    /// loses at most a piece.
    private int deliverSettled() {
        int count = 0;
        boolean more = true;
        while (more && !ahead.isEmpty()) {
            more = consumer.deliver(ahead.remove());
            count++;
        }
        if (ahead.isEmpty() && !settling) {
            giveRoomBack();
        }
        if (ahead.isEmpty() && !assigned.isEmpty() && failure == null && mayReadAhead()) {
            List<Delivery> piece = piece();
            settling = !piece.isEmpty();
            if (settling) {
                consumer.session()
                        .consumers()
                        .settleAhead(piece)
                        .whenComplete((_, failed) -> settled(piece, failed == null));
            } else {
                giveRoomBack(); // nothing of it is to be sent
            }
        }
        return count;
    }

    private boolean mayReadAhead() {
        if (settling || waitsForRoom) {
            return false;
        }
        waitsForRoom = !room().isThere(this);
        return !waitsForRoom;
    }

    /// Reads until there is a piece, however scattered what is assigned: one settlement is for all.
    private List<Delivery> piece() {
        List<Delivery> piece = new ArrayList<>();
        long before = readBytes;
        long end = readBytes + pieceBytes;
        while (readBytes < end && !assigned.isEmpty() && failure == null) {
            read(piece::add);
        }
        aheadBytes = readBytes - before;
        room().take(aheadBytes);
        return piece;
    }

    private AheadRoom room() {
        return consumer.session().consumers().room();
    }

    /// There is room to read ahead.
    void roomIsThere() {
        waitsForRoom = false;
        consumer.pumpSoon();
    }

    private void giveRoomBack() {
        long bytes = aheadBytes;
        aheadBytes = 0;
        if (bytes > 0) {
            room().giveBack(bytes);
        }
    }

    /// Nothing is sent any more.
    void closed() {
        ahead.clear();
        if (!settling) {
            giveRoomBack();
        }
    }

    private void settled(List<Delivery> piece, boolean durable) {
        settling = false;
        if (durable && !consumer.isClosed()) {
            ahead.addAll(piece);
        } else {
            giveRoomBack();
        }
        consumer.pump();
    }

    /// A queue's own filter may be another one since, for a policy: it is seen before the queue's
    /// shard acts on it.
    private void heedPolicy() {
        Topic now = consumer.session().core().catalog().topic(topic.id());
        if (now == null || !now.spec().isQueue() || consumer.spec().subscription().isNamed()) {
            return;
        }
        Filter wanted = now.policy().service().filter();
        if (!wanted.equals(filter)) {
            leaveOut();
            filter = wanted;
            sieve = consumer.session().core().sieves().of(wanted, port);
        }
    }

    /// Reads a piece of what is assigned, until `sink` takes no more.
    private int read(Predicate<Delivery> sink) {
        heedPolicy();
        Assignment next = assigned.poll();
        if (next == null) {
            return 0;
        }
        long position = skip(next.first(), Math.min(oldest(), next.end()));
        Read read = port.store().read(stream, position, bytesFor(next));
        int count = 0;
        for (StoredRecord stored : read.records()) {
            position = skip(position, Math.min(stored.offset(), next.end()));
            if (stored.offset() >= next.end()) {
                break;
            }
            int bytes = stored.head().remaining() + stored.payload().remaining();
            readBytes += bytes + RECORD_OVERHEAD;
            Content content = StoredContent.content(stored);
            long end = Math.min(next.end(), stored.offset() + stored.span());
            for (long at = Math.max(position, stored.offset()); at < end; at++) {
                count++;
                position = at + 1;
                if (sieve != null && !sieve.wants(content, (int) (at - stored.offset()))) {
                    sieve.unwanted(at, next.attempt());
                    continue;
                }
                if (isExpired(next, content, stored.timeMs())) {
                    consumer.session().consumers().expired(this, at, next.attempt());
                    continue;
                }
                Delivery shown = shown(delivery(next, stored, content, at));
                if (shown != null && !sink.test(shown)) {
                    pieceBytes = Math.max(LEAST_BYTES, pieceBytes / 2);
                    putBack(next, position);
                    return count;
                }
            }
            position = Math.max(position, end);
            recordBytes = (recordBytes * 7 + bytes) / 8 + 1;
        }
        pieceBytes = Math.min(MOST_BYTES, pieceBytes * 2);
        putBack(next, behind(next, position, read));
        return count;
    }

    /// What its subscription makes of a message; null where that leaves instead.
    private @Nullable Delivery shown(Delivery given) {
        Delivery shown = sieve == null ? given : sieve.shown(given);
        if (sieve != null && shown == null) {
            sieve.unwanted(given.offset(), given.attempt());
        }
        return shown;
    }

    /// One that may not wait at all is given to who was there when it came.
    private boolean isExpired(Assignment from, Content content, long storedMs) {
        long endMs = lifespan.endMs(content, storedMs);
        return endMs != Lifespan.NEVER
                && !(endMs == Lifespan.fromMs(content, storedMs) && !from.redelivered())
                && endMs <= consumer.session().core().clock().wallMs();
    }

    /// Where to go on when all records of a read are delivered.
    private long behind(Assignment from, long position, Read read) {
        Damage damage = read.damage();
        if (damage == null || damage.firstOffset() >= from.end()) {
            return read.records().isEmpty() ? skip(position, from.end()) : position;
        }
        long first = skip(position, damage.firstOffset());
        long end = Math.clamp(damage.endOffset(), first, from.end());
        if (end > first) {
            consumer.unused(end - first);
            failure = consumer.session().core().damages().found(topic, partition, damage);
            long subscription = subscription();
            port.run(serving ->
                    serving.setAside(subscription, damage.firstOffset(), damage.endOffset()));
        }
        return end;
    }

    private long oldest() {
        StreamEnds ends = port.ends(stream);
        return ends == null ? 0 : ends.start();
    }

    /// What is not there any more was removed by retention: nothing to deliver, and the credit it
    /// took is free again.
    private long skip(long position, long to) {
        if (to <= position) {
            return position;
        }
        consumer.releaseLate(to - position);
        return to;
    }

    private int bytesFor(Assignment next) {
        long offsets = next.end() - next.first();
        return offsets == 1 ? 1 : (int) Math.min(pieceBytes, offsets * (long) recordBytes);
    }

    private void putBack(Assignment from, long position) {
        if (position < from.end()) {
            assigned.addFirst(
                    new Assignment(position, from.end(), from.attempt(), from.redelivered()));
        }
    }

    private Delivery delivery(Assignment from, StoredRecord stored, Content content, long offset) {
        return new Delivery(
                topic.spec().name(),
                partition,
                subscription(),
                number,
                offset,
                from.attempt(),
                from.redelivered(),
                stored.timeMs(),
                (int) (offset - stored.offset()),
                StoredContent.isBatch(stored),
                content);
    }
}
