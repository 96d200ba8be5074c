package io.polylog.broker.shard;

import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The ids of a stream's newest messages, as far as a window of time and number reaches, whether
/// the messages are still there or not. An id takes 28 bytes in a page and at most 11 where it is
/// looked up. What has left the window is noticed when the next message comes, by that one's time.
/// On the shard's thread.
final class RecentIds {
    private static final int LEAST_SLOTS = 16;

    /// Tells a slot that is in use from an empty one.
    private static final int USED = 1 << 31;

    private final long stream;

    /// Those with an id in the window, without a gap.
    private final List<IdPage> pages = new ArrayList<>(1);

    /// Ids are numbered as they come: the oldest in the window, and the next one.
    private long first;

    private long end;

    /// By hash, with linear probing: the number's lower 31 bits, marked as [#USED].
    private int[] slots = new int[LEAST_SLOTS];

    RecentIds(long stream) {
        this.stream = stream;
    }

    /// Forgets what has left the window.
    ///
    /// @param nowMs the batch's time
    void evict(Deduplication window, long nowMs, Cells cells) {
        long lastGoneMs = nowMs - window.spanMs();
        while (end - first > window.count()
                || (first < end && pageOf(first).timeMs(place(first)) <= lastGoneMs)) {
            forgetFirst(cells);
        }
    }

    /// Whether an id is in the window.
    boolean contains(KeyDigest id) {
        return slots[find(id)] != 0;
    }

    /// Where the message of an id in the window was stored; -1 where an earlier version of the
    /// broker did not take note of it.
    long offset(KeyDigest id) {
        long number = number(slots[find(id)]);
        return pageOf(number).offset(place(number));
    }

    /// Takes note of an id that is not in the window; the oldest makes room.
    ///
    /// @param offset of its message
    /// @param most how many the window holds
    void add(KeyDigest id, long offset, int most, long nowMs, Cells cells) {
        if (end - first == most) {
            forgetFirst(cells);
        }
        IdPage page = pages.isEmpty() ? null : pages.getLast();
        if (page == null || page.isFull()) {
            page = cells.born(new IdPage(stream, end >> IdPage.SHIFT));
            pages.add(page);
        } else {
            cells.touch(page);
        }
        page.add(id, offset, nowMs);
        slots[find(id)] = USED | (int) end++;
        growFor(end - first);
    }

    private void forgetFirst(Cells cells) {
        IdPage page = pages.getFirst();
        empty(slotOf(first, page.hash(place(first))));
        first++;
        if (first == end || place(first) == 0) {
            cells.touch(page);
            pages.removeFirst();
        }
        if (pages.isEmpty()) {
            // Numbered anew, as after a restart.
            first = 0;
            end = 0;
        }
    }

    // Looking up -----------------------------------------------------------------------------

    /// Where an id is, or else would be.
    private int find(KeyDigest id) {
        int slot = home(IdPage.hash(id.low()));
        while (slots[slot] != 0) {
            long number = number(slots[slot]);
            if (pageOf(number).is(place(number), id)) {
                return slot;
            }
            slot = next(slot);
        }
        return slot;
    }

    private int slotOf(long number, int hash) {
        int slot = home(hash);
        while (number(slots[slot]) != number) {
            slot = next(slot);
        }
        return slot;
    }

    /// Empties a slot; what follows it moves up, so that no search ends too early.
    private void empty(int slot) {
        int hole = slot;
        for (int at = next(slot); slots[at] != 0; at = next(at)) {
            long number = number(slots[at]);
            int home = home(pageOf(number).hash(place(number)));
            boolean stays = hole <= at ? hole < home && home <= at : hole < home || home <= at;
            if (!stays) {
                slots[hole] = slots[at];
                hole = at;
            }
        }
        slots[hole] = 0;
    }

    private void growFor(long count) {
        if (count * 4 > slots.length * 3L) {
            fill(slots.length * 2);
        }
    }

    private void fill(int room) {
        slots = new int[room];
        for (long number = first; number < end; number++) {
            place(number, pageOf(number).hash(place(number)));
        }
    }

    private void place(long number, int hash) {
        int slot = home(hash);
        while (slots[slot] != 0) {
            slot = next(slot);
        }
        slots[slot] = USED | (int) number;
    }

    private int home(int hash) {
        return hash & slots.length - 1;
    }

    private int next(int slot) {
        return slot + 1 & slots.length - 1;
    }

    private long number(int slot) {
        return first + ((slot & ~USED) - (first & ~USED) & ~USED);
    }

    private IdPage pageOf(long number) {
        return pages.get((int) ((number >> IdPage.SHIFT) - pages.getFirst().number));
    }

    private static int place(long number) {
        return (int) number & IdPage.SIZE - 1;
    }

    // Checkpoints ----------------------------------------------------------------------------

    List<? extends Cell> cells() {
        return pages;
    }

    void restore(IdPage page) {
        pages.add(page);
    }

    /// All pages are back. What had left the window before the checkpoint may seem to be in it: the
    /// next message's time tells.
    void restored() {
        pages.sort(Comparator.comparingLong(page -> page.number));
        first = pages.getFirst().number << IdPage.SHIFT;
        end = (pages.getLast().number << IdPage.SHIFT) + pages.getLast().count();
        int room = LEAST_SLOTS;
        while ((end - first) * 4 > room * 3L) {
            room *= 2;
        }
        fill(room);
    }

    void dump(StringBuilder out) {
        out.append("  ids");
        for (IdPage page : pages) {
            out.append(' ').append(page.number).append('+').append(page.count());
        }
        out.append('\n');
    }
}
