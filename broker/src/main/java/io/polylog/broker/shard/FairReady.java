package io.polylog.broker.shard;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Ready messages in turns: of the highest level of priority that has any, each key that has some
/// waiting gives one, by offset within a key, and goes to the end of the row. A lane per key and
/// level knows how many wait and from where on to look for them; there is none for a key that has
/// nothing ready. Beyond [#MOST_LANES], further keys of a level share [#SHARED_LANES]. On the
/// shard's thread.
final class FairReady extends SortedReady {
    /// Keys that have a lane of their own.
    static final int MOST_LANES = 1_024;

    /// Those of a level that others are spread over by their hash.
    static final int SHARED_LANES = 64;

    private static final int LEVEL_SHIFT = 32;
    private static final long SHARED = 1L << 40;
    private static final long HASH_MASK = 0xFFFF_FFFFL;

    private final OffsetNumbers keys;
    private final Map<Long, Lane> lanes = new HashMap<>();

    /// For each level those of its lanes that have something, and some that had, in the order of
    /// their turns.
    private final List<Deque<Lane>> rows = new ArrayList<>();

    /// No level above has anything.
    private int top;

    /// The lane that was asked for last: many messages in a row are often of one key.
    private @Nullable Lane last;

    private int shared;

    /// What is ready of one key, or of several, at one level.
    private static final class Lane {
        final long name;
        final int level;

        /// Of which key; of several, which of the shared ones it is.
        final int key;

        long count;

        /// None of its offsets below is ready.
        long cursor;

        Lane(long name, int level, int key) {
            this.name = name;
            this.level = level;
            this.key = key;
        }

        boolean isShared() {
            return name >= SHARED;
        }

        boolean isOf(int itsLevel, int itsKey) {
            return level == itsLevel && key == itsKey && !isShared();
        }
    }

    /// Goes on from where another order stood.
    ///
    /// @param keys the hash of each message's key, 0 for none
    FairReady(Ready before, OffsetNumbers keys) {
        super(before);
        this.keys = keys;
        takeOver(before);
    }

    @Override
    boolean take(Object holder, long limit, Run run) {
        absorb(stream.end);
        for (; top >= 0; top--) {
            Deque<Lane> row = row(top);
            for (Lane lane = row.poll(); lane != null; lane = row.poll()) {
                long first = lane.count == 0 ? -1 : firstOf(lane);
                boolean owed = first >= 0 && take(lane, first, row.isEmpty() ? limit : 1, run);
                if (lane.count == 0 || first < 0) {
                    forget(lane);
                } else if (owed) {
                    row.addLast(lane);
                } else {
                    row.addFirst(lane);
                }
                if (owed) {
                    return true;
                }
            }
        }
        top = 0;
        return false;
    }

    /// Takes some of a lane that follow each other; false when they are not owed.
    private boolean take(Lane lane, long first, long limit, Run run) {
        long most = Math.min(first + limit, returned.endOfRun(first));
        long end = first + 1;
        while (end < most && laneOf(end) == lane) {
            end++;
        }
        boolean owed = subscription.findFree(first, end, run);
        leave(first, owed ? run.end : end);
        return owed;
    }

    /// The first ready offset of a lane, or -1; its cursor goes there.
    private long firstOf(Lane lane) {
        long position = returned.next(lane.cursor);
        while (position >= 0 && laneOf(position) != lane) {
            long ahead = lane.isShared() ? position + 1 : keys.next(lane.key, position + 1, next);
            position = ahead < 0 ? -1 : returned.next(ahead);
        }
        lane.cursor = position < 0 ? next : position;
        return position;
    }

    private Deque<Lane> row(int level) {
        while (rows.size() <= level) {
            rows.add(new ArrayDeque<>());
        }
        return rows.get(level);
    }

    @Override
    void entered(long offset) {
        Lane lane = laneOf(offset);
        if (lane == null) {
            lane = open(levelOf(offset), keys.at(offset));
        }
        lane.cursor = lane.count == 0 ? offset : Math.min(lane.cursor, offset);
        lane.count++;
        top = Math.max(top, lane.level);
    }

    @Override
    void left(long offset) {
        Lane lane = laneOf(offset);
        if (lane != null) {
            lane.count--;
        }
    }

    private int levelOf(long offset) {
        Levels levels = stream.levels();
        return levels == null ? stream.policy.service().priorities().usual() : levels.at(offset);
    }

    /// Where a message waits, or would wait; null where there is no such lane. A key that has
    /// messages in a shared lane has all there.
    private @Nullable Lane laneOf(long offset) {
        int level = levelOf(offset);
        int key = keys.at(offset);
        if (last == null || !last.isOf(level, key)) {
            Lane own = lanes.get(own(level, key));
            last = own == null && shared > 0 ? lanes.get(shared(level, key)) : own;
        }
        return last;
    }

    /// A lane for a key that has none.
    private Lane open(int level, int key) {
        boolean full = lanes.size() - shared >= MOST_LANES;
        long name = full ? shared(level, key) : own(level, key);
        Lane lane = new Lane(name, level, key);
        shared += full ? 1 : 0;
        lanes.put(name, lane);
        row(level).addLast(lane);
        return lane;
    }

    private void forget(Lane lane) {
        lanes.remove(lane.name);
        shared -= lane.isShared() ? 1 : 0;
        last = null;
    }

    private static long own(int level, int key) {
        return ((long) level << LEVEL_SHIFT) | (key & HASH_MASK);
    }

    private static long shared(int level, int key) {
        return SHARED
                | ((long) level << LEVEL_SHIFT)
                | Integer.remainderUnsigned(key, SHARED_LANES);
    }
}
