package io.polylog.protocol.amqp091;

import io.polylog.broker.Delivery;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The deliveries of a channel that it has not settled, by tag. Tags only grow, so they lie in a
/// ring in their order; settled ones leave a hole, and holes are squeezed out when they are the
/// most, so that one delivery kept for ever does not keep the room of all later ones. On the
/// connection's loop.
final class Unacked {
    private static final int LEAST_ROOM = 16;
    private static final int SQUEEZE_FROM = 1024;

    /// One delivery that waits for its settlement.
    ///
    /// @param toConsumer whether it went to a consumer; else it was got
    record Entry(long tag, Delivery delivery, boolean toConsumer) {}

    private @Nullable Entry[] ring = new Entry[LEAST_ROOM];
    private long[] tags = new long[LEAST_ROOM];
    private int head;
    private int used;
    private int count;
    private int ofConsumers;

    /// Those that went to consumers.
    int ofConsumers() {
        return ofConsumers;
    }

    void add(Entry entry) {
        if (used == ring.length) {
            makeRoom();
        }
        int at = (head + used) & (ring.length - 1);
        ring[at] = entry;
        tags[at] = entry.tag;
        used++;
        count++;
        ofConsumers += entry.toConsumer ? 1 : 0;
    }

    /// Takes back what was taken out: it is where it was.
    void putBack(List<Entry> entries) {
        List<Entry> all = removeUpTo(0);
        all.addAll(entries);
        all.sort(Comparator.comparingLong(Entry::tag));
        all.forEach(this::add);
    }

    /// Takes out the delivery of this tag; null if it is not there.
    @Nullable Entry remove(long tag) {
        int place = find(tag);
        if (place < 0) {
            return null;
        }
        Entry found = clear(place);
        trim();
        return found;
    }

    /// Takes out the delivery of this tag and all before it; empty if there is none of this tag.
    /// Tag 0 stands for the newest.
    List<Entry> removeUpTo(long tag) {
        int last = tag == 0 ? used - 1 : find(tag);
        List<Entry> taken = new ArrayList<>();
        for (int place = 0; place <= last; place++) {
            Entry entry = clear(place);
            if (entry != null) {
                taken.add(entry);
            }
        }
        trim();
        return taken;
    }

    private @Nullable Entry clear(int place) {
        int at = (head + place) & (ring.length - 1);
        Entry entry = ring[at];
        ring[at] = null;
        if (entry != null) {
            count--;
            ofConsumers -= entry.toConsumer ? 1 : 0;
        }
        return entry;
    }

    private void trim() {
        while (used > 0 && ring[head] == null) {
            head = (head + 1) & (ring.length - 1);
            used--;
        }
        if (used == 0 && ring.length > SQUEEZE_FROM) {
            ring = new Entry[LEAST_ROOM];
            tags = new long[LEAST_ROOM];
            head = 0;
        }
    }

    /// The place of an unsettled tag, counted from the head; -1 if there is none.
    private int find(long tag) {
        int low = 0;
        int high = used - 1;
        long guess = used == 0 ? -1 : tag - tags[head];
        if (guess >= 0 && guess < used && tagAt((int) guess) == tag) {
            low = (int) guess;
            high = low;
        }
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long there = tagAt(middle);
            if (there == tag) {
                return ring[(head + middle) & (ring.length - 1)] == null ? -1 : middle;
            }
            if (there < tag) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    private long tagAt(int place) {
        return tags[(head + place) & (ring.length - 1)];
    }

    private void makeRoom() {
        boolean mostlyHoles = used >= SQUEEZE_FROM && count < used / 2;
        int room = mostlyHoles ? ring.length : ring.length * 2;
        @Nullable Entry[] fresh = new Entry[room];
        long[] freshTags = new long[room];
        int kept = 0;
        for (int place = 0; place < used; place++) {
            int at = (head + place) & (ring.length - 1);
            if (ring[at] != null || !mostlyHoles) {
                fresh[kept] = ring[at];
                freshTags[kept++] = tags[at];
            }
        }
        ring = fresh;
        tags = freshTags;
        head = 0;
        used = kept;
    }
}
