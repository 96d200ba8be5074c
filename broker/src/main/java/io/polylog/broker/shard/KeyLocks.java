package io.polylog.broker.shard;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// Who has messages of which key in flight, and which messages wait because somebody else has. A
/// lock exists while something of its key is in flight or waits. On the shard's thread.
final class KeyLocks {
    private static final Object NOBODY = new Object();

    /// Stands for the holder where something of a key is hidden.
    private static final Object HIDDEN = new Object();

    private final OffsetNumbers keys;
    private final Map<Integer, Lock> locks = new HashMap<>();

    /// For each holder its locks at which something waits, by the first of that.
    private final Map<Object, TreeMap<Long, Lock>> waited = new HashMap<>();

    /// What waits at some lock.
    private final OffsetSet waiting = new OffsetSet();

    /// What somebody has that has a key.
    private final OffsetSet inFlight = new OffsetSet();

    /// What of that is hidden: nobody may have others of its key.
    private final OffsetSet blocked = new OffsetSet();

    /// That of one key.
    private static final class Lock {
        final int key;
        final TreeSet<Long> waiting = new TreeSet<>();
        Object holder = NOBODY;
        int inFlight;
        int blocked;

        Lock(int key) {
            this.key = key;
        }

        /// Who finds what waits.
        Object listedFor() {
            return blocked > 0 ? HIDDEN : holder;
        }
    }

    KeyLocks(OffsetNumbers keys) {
        this.keys = keys;
    }

    /// How many messages wait.
    long size() {
        return waiting.size();
    }

    /// The oldest that waits from an offset on, whoever may have it; -1 for none.
    long nextWaiting(long from) {
        return waiting.next(from);
    }

    /// The oldest that waits and may go to a holder, or -1.
    long firstFor(Object holder) {
        long free = first(NOBODY);
        long own = first(holder);
        return free < 0 || (own >= 0 && own < free) ? own : free;
    }

    private long first(Object holder) {
        TreeMap<Long, Lock> listed = waited.get(holder);
        return listed == null ? -1 : listed.firstKey();
    }

    /// Whether a message that does not wait may go to a holder now.
    boolean mayHold(Object holder, long offset) {
        Lock lock = locks.get(keys.at(offset));
        return lock == null || (lock.waiting.isEmpty() && isFor(holder, lock));
    }

    /// Whether messages of the same key may go to a holder.
    boolean isFor(Object holder, long offset) {
        Lock lock = locks.get(keys.at(offset));
        return lock == null || isFor(holder, lock);
    }

    private static boolean isFor(Object holder, Lock lock) {
        return lock.blocked == 0 && (lock.holder.equals(NOBODY) || lock.holder.equals(holder));
    }

    /// A message goes to a holder that may have it.
    void hold(Object holder, long offset) {
        int key = keys.at(offset);
        if (key != 0 && inFlight.add(offset)) {
            Lock lock = locks.computeIfAbsent(key, Lock::new);
            unlist(lock);
            lock.holder = holder;
            lock.inFlight++;
            list(lock);
        }
    }

    /// A message that somebody has, or had, is hidden: nobody gets others of its key before it.
    void block(long offset) {
        int key = keys.at(offset);
        if (key != 0 && blocked.add(offset)) {
            Lock lock = locks.computeIfAbsent(key, Lock::new);
            unlist(lock);
            lock.inFlight += inFlight.add(offset) ? 1 : 0;
            lock.blocked++;
            list(lock);
        }
    }

    /// How many messages are hidden.
    long blocked() {
        return blocked.size();
    }

    /// A message is not in flight any more, nor hidden; nothing for one that was not.
    void free(long offset) {
        Lock lock = inFlight.remove(offset) ? locks.get(keys.at(offset)) : null;
        if (lock != null) {
            unlist(lock);
            lock.inFlight--;
            lock.blocked -= blocked.remove(offset) ? 1 : 0;
            lock.holder = lock.inFlight == 0 ? NOBODY : lock.holder;
            list(lock);
        }
    }

    /// A message came back: it waits where later ones of its key do.
    ///
    /// @return false where none do
    boolean comesBack(long offset) {
        Lock lock = inFlight.contains(offset) ? locks.get(keys.at(offset)) : null;
        boolean waits = lock != null && !lock.waiting.isEmpty();
        if (waits) {
            await(offset);
        }
        free(offset);
        return waits;
    }

    /// A message that has a key waits.
    void await(long offset) {
        Lock lock = locks.computeIfAbsent(keys.at(offset), Lock::new);
        unlist(lock);
        lock.waiting.add(offset);
        waiting.add(offset);
        list(lock);
    }

    /// A message does not wait any more; nothing for one that did not.
    void leave(long offset) {
        Lock lock = waiting.remove(offset) ? locks.get(keys.at(offset)) : null;
        if (lock != null) {
            unlist(lock);
            lock.waiting.remove(offset);
            list(lock);
        }
    }

    /// The next in flight from an offset on, or -1.
    long nextInFlight(long from) {
        return inFlight.next(from);
    }

    private void list(Lock lock) {
        if (!lock.waiting.isEmpty()) {
            waited.computeIfAbsent(lock.listedFor(), h -> new TreeMap<>())
                    .put(lock.waiting.first(), lock);
        } else if (lock.inFlight == 0) {
            locks.remove(lock.key);
        }
    }

    private void unlist(Lock lock) {
        TreeMap<Long, Lock> listed = lock.waiting.isEmpty() ? null : waited.get(lock.listedFor());
        if (listed != null) {
            listed.remove(lock.waiting.first());
            if (listed.isEmpty()) {
                waited.remove(lock.listedFor());
            }
        }
    }
}
