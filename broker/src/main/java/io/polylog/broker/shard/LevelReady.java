package io.polylog.broker.shard;

/// Ready messages by level of priority, the highest first, by offset within a level. A cursor for
/// each level tells from where on that level may have something, so that the cost of a message does
/// not grow with the number of levels, nor with what waits. On the shard's thread.
final class LevelReady extends SortedReady {
    private static final int MAX_LEVELS = 256;

    private final Levels levels;

    /// How many are ready at each level.
    private final long[] counts = new long[MAX_LEVELS];

    /// No offset of that level below is ready.
    private final long[] cursors = new long[MAX_LEVELS];

    /// No level above has anything.
    private int top;

    /// Goes on from where all stood at one level.
    LevelReady(Ready before, Levels levels) {
        super(before);
        this.levels = levels;
        takeOver(before);
    }

    @Override
    boolean take(Object holder, long limit, Run run) {
        absorb(stream.end);
        while (top >= 0) {
            long first = counts[top] == 0 ? -1 : firstOf(top);
            if (first < 0) {
                top--;
                continue;
            }
            long end = Math.min(first + limit, returned.endOfRun(first));
            end = levels.endOfRun(first, end);
            boolean owed = subscription.findFree(first, end, run);
            leave(first, owed ? run.end : end);
            if (owed) {
                return true;
            }
        }
        top = 0;
        return false;
    }

    /// The first ready offset of a level, or -1; the cursor goes there.
    private long firstOf(int level) {
        long position = cursors[level];
        while (true) {
            long ready = returned.next(position);
            long offset = ready < 0 ? -1 : levels.next(level, ready, next);
            if (offset < 0 || offset == ready) {
                cursors[level] = offset < 0 ? next : offset;
                return offset;
            }
            position = offset;
        }
    }

    @Override
    void entered(long offset) {
        int level = levels.at(offset);
        cursors[level] = counts[level] == 0 ? offset : Math.min(cursors[level], offset);
        counts[level]++;
        top = Math.max(top, level);
    }

    @Override
    void left(long offset) {
        counts[levels.at(offset)]--;
    }
}
