package io.polylog.broker.shard;

import io.polylog.broker.TopicSpec.Kept;
import io.polylog.broker.TopicSpec.OwnTime;
import io.polylog.broker.TopicSpec.PerSubject;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a stream notes of its messages where its kind or its policy asks for it. Most have none of
/// it, and pay for one reference. On the shard's thread.
final class Attributes {
    private final long stream;

    /// Of a stream that keeps the newest of each key.
    private @Nullable KeyTable keys;

    /// Of a compacted stream: everything below was compared with what is below.
    long cleanTo;

    /// Of a queue that keeps what is settled: it does from here on.
    long keptFrom;

    /// Where messages have levels of priority.
    @Nullable Levels levels;

    /// Where bytes are limited: the payload bytes of each.
    @Nullable OffsetNumbers sizes;

    /// Payload bytes of what its own subscription has not settled, where bytes are limited.
    long heldBytes;

    /// Where messages are told apart by a key: its hash. Two keys of one hash are as one.
    @Nullable OffsetNumbers keyHashes;

    /// Where messages are known by their ids.
    @Nullable RecentIds recentIds;

    /// Where the newest message of each key is known.
    @Nullable KeyVersions keyVersions;

    /// Where messages are known by their subjects.
    @Nullable SubjectIndex index;

    /// Where messages are known by their subjects: how many of each stay.
    PerSubject perSubject = PerSubject.ALL;

    /// Whether its subscriptions say what stays.
    Kept kept = Kept.ALWAYS;

    /// What becomes of messages that say how long they may wait.
    OwnTime ownTime = OwnTime.IGNORED;

    /// Where own times are heeded: 1 for messages that may wait for ever.
    @Nullable OffsetNumbers lasting;

    /// Volatile, where own times are heeded: what is held below may wait for ever.
    long lastingTo;

    /// Volatile: who is told of the last message of a subject whose time is over.
    List<LastHearer> lastHearers = List.of();

    /// Volatile: subscriptions that went in the running commit.
    List<Subscription> dropped = List.of();

    Attributes(long stream) {
        this.stream = stream;
    }

    KeyTable keys() {
        KeyTable known = keys;
        if (known == null) {
            known = new KeyTable(stream);
            keys = known;
        }
        return known;
    }

    Levels levels(int usual) {
        Levels known = levels;
        if (known == null) {
            known = new Levels(stream, usual);
            levels = known;
        }
        return known;
    }

    OffsetNumbers sizes() {
        OffsetNumbers known = sizes;
        if (known == null) {
            known = new OffsetNumbers(CellKind.SIZE_PAGE, stream);
            sizes = known;
        }
        return known;
    }

    OffsetNumbers keyHashes() {
        OffsetNumbers known = keyHashes;
        if (known == null) {
            known = new OffsetNumbers(CellKind.KEY_HASH_PAGE, stream);
            keyHashes = known;
        }
        return known;
    }

    RecentIds recentIds() {
        RecentIds known = recentIds;
        if (known == null) {
            known = new RecentIds(stream);
            recentIds = known;
        }
        return known;
    }

    KeyVersions keyVersions() {
        KeyVersions known = keyVersions;
        if (known == null) {
            known = new KeyVersions(stream);
            keyVersions = known;
        }
        return known;
    }

    OffsetNumbers lasting() {
        OffsetNumbers known = lasting;
        if (known == null) {
            known = new OffsetNumbers(CellKind.LASTING_PAGE, stream);
            lasting = known;
        }
        return known;
    }

    SubjectIndex index() {
        SubjectIndex known = index;
        if (known == null) {
            known = new SubjectIndex(stream);
            index = known;
        }
        return known;
    }

    /// Bytes are not limited any more.
    void forgetSizes(Cells cells) {
        if (sizes != null) {
            sizes.forgetBelow(Long.MAX_VALUE, cells);
            sizes = null;
            heldBytes = 0;
        }
    }

    /// Everything below an offset has gone.
    void forgetBelow(long floor, Cells cells) {
        if (sizes != null) {
            sizes.forgetBelow(floor, cells);
        }
        if (levels != null) {
            levels.forgetBelow(floor, cells);
        }
        if (keyHashes != null) {
            keyHashes.forgetBelow(floor, cells);
        }
        if (index != null) {
            index.forgetBelow(floor, cells);
        }
        if (lasting != null) {
            lasting.forgetBelow(floor, cells);
        }
    }

    /// All parts of a checkpoint are back.
    void restored() {
        if (recentIds != null) {
            recentIds.restored();
        }
        if (index != null) {
            index.restored();
        }
    }

    void cells(List<Cell> into) {
        if (keys != null) {
            keys.cells(into);
        }
        if (levels != null) {
            into.addAll(levels.cells());
        }
        if (sizes != null) {
            into.addAll(sizes.cells());
        }
        if (keyHashes != null) {
            into.addAll(keyHashes.cells());
        }
        if (recentIds != null) {
            into.addAll(recentIds.cells());
        }
        if (keyVersions != null) {
            into.addAll(keyVersions.cells());
        }
        if (index != null) {
            index.cells(into);
        }
        if (lasting != null) {
            into.addAll(lasting.cells());
        }
    }

    void dump(long start, long end, StringBuilder out) {
        if (keys != null) {
            keys.dump(out);
        }
        if (levels != null && !levels.isEmpty()) {
            levels.dump(start, end, out);
        }
        if (keyHashes != null && !keyHashes.isEmpty()) {
            keyHashes.dump("keys", start, end, out);
        }
        if (sizes != null) {
            out.append("  holds ").append(heldBytes).append(" bytes\n");
        }
        if (recentIds != null) {
            recentIds.dump(out);
        }
        if (keyVersions != null) {
            keyVersions.dump(out);
        }
        if (index != null) {
            index.dump(start, end, out);
        }
        if (lasting != null && !lasting.isEmpty()) {
            lasting.dump("lasting", start, end, out);
        }
    }
}
