package io.polylog.log.crash;

import io.polylog.log.RecordStore;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/// Reads a stream as a consumer does and compares it with the auditor's records, byte for byte.
final class StreamCheck {
    private static final int LARGEST_READ = 100_000;

    private final RecordStore store;
    private final ShardAudit audit;
    private final SplittableRandom random;
    private boolean damageIsTold;
    private int damages;

    StreamCheck(RecordStore store, ShardAudit audit, SplittableRandom random) {
        this.store = store;
        this.audit = audit;
        this.random = random;
    }

    /// A range may be unreadable, as long as the reader is told.
    StreamCheck toleratingDamage() {
        damageIsTold = true;
        return this;
    }

    /// Ranges that were told to be unreadable.
    int damages() {
        return damages;
    }

    /// All streams, each from its floor.
    void readAll() {
        audit.expected().streams().forEach((id, stream) -> read(id, stream.floor));
    }

    /// One stream, from anywhere in it.
    void readSome() {
        int count = audit.expected().streams().size();
        if (count > 0) {
            long id =
                    audit.expected().streams().keySet().stream()
                            .skip(random.nextInt(count))
                            .findFirst()
                            .orElseThrow();
            Books.Stream stream = audit.expected().streams().get(id);
            read(id, stream.floor + random.nextLong(stream.next - stream.floor + 1));
        }
    }

    private void read(long id, long from) {
        Books.Stream stream = audit.expected().streams().get(id);
        Map<Long, ShardAudit.Kept> records = audit.records(id);
        Set<Long> given = new HashSet<>();
        long at = from;
        while (at < stream.next) {
            Read read = store.read(id, at, random.nextInt(LARGEST_READ));
            check(read, id, at, records, given);
            if (read.nextOffset() <= at) {
                break;
            }
            at = read.nextOffset();
        }
        for (ShardAudit.Kept kept : records.values()) {
            long end = kept.offset() + kept.span();
            boolean asked = end > from && stream.owes(kept.offset(), kept.span());
            if (asked && !given.contains(kept.offset())) {
                throw new Violation(
                        "stream %d read from %d to %d does not give %s"
                                .formatted(id, from, at, kept));
            }
        }
    }

    private void check(
            Read read, long id, long at, Map<Long, ShardAudit.Kept> records, Set<Long> given) {
        if (read.damage() != null) {
            takeDamage(read, id, at, records, given);
        }
        long last = -1;
        for (StoredRecord record : read.records()) {
            ShardAudit.Kept kept = records.get(record.offset());
            if (kept == null || record.offset() <= last || record.offset() + record.span() <= at) {
                throw new Violation("stream " + id + " read at " + at + " gives " + record);
            }
            compare(id, record, kept);
            given.add(record.offset());
            last = record.offset();
        }
        if (last >= read.nextOffset()) {
            throw new Violation("stream " + id + " read at " + at + " goes back: " + read);
        }
    }

    private void takeDamage(
            Read read, long id, long at, Map<Long, ShardAudit.Kept> records, Set<Long> given) {
        RecordStore.Damage damage = read.damage();
        if (!damageIsTold || damage == null || read.nextOffset() != damage.endOffset()) {
            throw new Violation("stream " + id + " read at " + at + " is damaged: " + damage);
        }
        damages++;
        for (ShardAudit.Kept kept : records.values()) {
            if (kept.offset() < damage.endOffset()
                    && kept.offset() + kept.span() > damage.firstOffset()) {
                given.add(kept.offset());
            }
        }
    }

    private static void compare(long id, StoredRecord record, ShardAudit.Kept kept) {
        Act.Append append = kept.append();
        Act.Placed head = Act.decode(record.type(), record.head());
        boolean same =
                record.span() == kept.span()
                        && (record.timeMs() == kept.timeMs() || kept.timeMs() == ShardAudit.UNKNOWN)
                        && head.batch() == kept.batch()
                        && head.ordinal() == kept.ordinal()
                        && head.act().equals(append)
                        && record.payload()
                                .equals(
                                        Act.payload(
                                                kept.batch(),
                                                kept.ordinal(),
                                                append.payloadBytes()));
        if (!same) {
            throw new Violation("stream " + id + " gives " + record + " instead of " + kept);
        }
    }
}
