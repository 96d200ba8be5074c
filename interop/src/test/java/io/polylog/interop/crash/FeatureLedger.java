package io.polylog.interop.crash;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What was sent, answered, delivered and found, and what of that breaks a promise. Any thread.
final class FeatureLedger {
    /// Clocks of the broker and of the test are read at different moments.
    private static final long EARLY_MS = 5;

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final List<String> wrong = new ArrayList<>();

    private final HandlingLedger handling = new HandlingLedger(this::wrong);
    private final StreamLedger streams = new StreamLedger(this::wrong);

    /// One message.
    private static final class Entry {
        final long dueMs;

        /// Whether a rule of its queue, or an operator, may have thrown it away.
        boolean mayGo;

        /// Whether an operator was told that it is thrown away.
        boolean discarded;

        boolean confirmed;

        /// A worker has acknowledged it, which may be lost with the broker.
        boolean acknowledged;

        /// A transaction that settled it was committed.
        boolean committed;

        @Nullable String foundIn;

        Entry(long dueMs, boolean mayGo) {
            this.dueMs = dueMs;
            this.mayGo = mayGo;
        }
    }

    /// What is known of messages while they are dealt with.
    HandlingLedger handling() {
        return handling;
    }

    /// What is known of streams.
    StreamLedger streams() {
        return streams;
    }

    /// @param dueMs before which nobody may be given it
    /// @param mayGo whether a rule of its queue may throw it away
    synchronized void sent(String id, long dueMs, boolean mayGo) {
        entries.computeIfAbsent(id, _ -> new Entry(dueMs, mayGo));
    }

    private @Nullable Entry known(String id, String where) {
        Entry entry = entries.get(id);
        if (entry == null) {
            wrong.add(id + " in " + where + " was never sent");
        }
        return entry;
    }

    synchronized void confirmed(String id) {
        Entry entry = known(id, "a confirm");
        if (entry != null) {
            entry.confirmed = true;
        }
    }

    synchronized void delivered(String id, String queue, long nowMs) {
        Entry entry = known(id, queue);
        if (entry == null) {
            return;
        }
        if (entry.committed) {
            wrong.add(id + " came from " + queue + " after the commit that settled it");
        }
        checkDiscarded(entry, id, queue);
        if (nowMs < entry.dueMs - EARLY_MS) {
            wrong.add("%s came from %s %d ms early".formatted(id, queue, entry.dueMs - nowMs));
        }
    }

    private void checkDiscarded(Entry entry, String id, String queue) {
        if (entry.discarded) {
            wrong.add(id + " is in " + queue + " after it was thrown away");
        }
    }

    /// An operator asks to throw it away.
    ///
    /// @param done whether it is known to be done
    synchronized void discarded(String id, boolean done) {
        Entry entry = known(id, "the dead letters");
        if (entry != null) {
            entry.mayGo = true;
            entry.discarded |= done;
        }
    }

    synchronized void acknowledged(String id) {
        Entry entry = known(id, "an acknowledgement");
        if (entry != null) {
            entry.acknowledged = true;
        }
    }

    synchronized void committed(String id) {
        Entry entry = known(id, "a commit");
        if (entry != null) {
            entry.committed = true;
        }
    }

    /// At the end, everywhere a message may be is looked through.
    ///
    /// @param settles whether it is where transactions put what they have settled
    synchronized void found(String id, String queue, boolean settles) {
        Entry entry = known(id, queue);
        if (entry == null) {
            return;
        }
        if (entry.foundIn != null) {
            wrong.add(id + " is in " + entry.foundIn + " and in " + queue);
        }
        checkDiscarded(entry, id, queue);
        if (entry.committed && !settles) {
            wrong.add(id + " is in " + queue + " after the commit that settled it");
        }
        entry.foundIn = queue;
    }

    /// Said of what was found out of its order, or changed.
    synchronized void wrong(String what) {
        wrong.add(what);
    }

    synchronized long confirmedCount() {
        return entries.values().stream().filter(entry -> entry.confirmed).count();
    }

    /// Everything that is wrong, once all is found.
    List<String> verdict() {
        List<String> all = new ArrayList<>(streams.verdict());
        synchronized (this) {
            all.addAll(0, wrong);
            entries.forEach((id, entry) -> {
                boolean gone = entry.foundIn == null;
                if (gone && entry.committed) {
                    all.add(id + " was committed, and is not where it was put");
                } else if (gone && entry.confirmed && !entry.acknowledged && !entry.mayGo) {
                    all.add(id + " was confirmed, and is lost");
                }
            });
        }
        return all;
    }
}
