package io.polylog.broker.shard;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The subjects of the messages that a stream has, each with a number, how many messages it has and
/// where; and of each message the number of its subject. Numbers are given again when nothing of
/// their subject is left, the least that is free first: so state depends on the log only. Some 60
/// bytes a subject and its own, and 1, 2 or 4 bytes a message, 4 more where some of each subject
/// stay. On the shard's thread.
final class SubjectIndex {
    /// More are refused.
    static final int MOST_SUBJECTS = 1_000_000;

    /// Subjects looked at for one question while others wait: some milliseconds.
    static final int MOST_LOOKED_AT = 100_000;

    /// More subjects than are looked at begin as a pattern does.
    static final long TOO_MANY = Conflict.UNTOLD;

    /// Longer ones are refused.
    static final int MOST_BYTES = PublishCommand.MAX_KEY_BYTES;

    private final long stream;

    /// Without gaps.
    private final List<SubjectPage> pages = new ArrayList<>();

    /// Pages that have room, by number.
    private final BitSet roomy = new BitSet();

    private final SubjectNumbers numbers;

    /// Where only some of each subject stay: how far after a message the next of its subject is, 0
    /// where that is not known.
    private @Nullable OffsetNumbers links;

    private final SubjectOrder order = new SubjectOrder(this::subject);
    private int distinct;

    /// Volatile: how many messages were removed.
    private long removals;

    /// Volatile: what is being counted.
    private final List<SubjectMatch> watching = new ArrayList<>(0);

    SubjectIndex(long stream) {
        this.stream = stream;
        numbers = new SubjectNumbers(stream);
    }

    /// Whether there is room for one more message of a subject.
    boolean hasRoom(byte[] subject) {
        return order.find(subject) > 0
                || (distinct < MOST_SUBJECTS && subject.length <= MOST_BYTES);
    }

    /// How many subjects there are.
    int distinct() {
        return distinct;
    }

    /// How many messages were removed since the shard runs.
    long removals() {
        return removals;
    }

    SubjectNumbers numbers() {
        return numbers;
    }

    SubjectOrder order() {
        return order;
    }

    /// The number of a subject, 0 where there is nothing of it.
    int number(byte[] subject) {
        return order.find(subject);
    }

    private SubjectPage page(int number) {
        return pages.get((number - 1) >> SubjectPage.SHIFT);
    }

    private static int place(int number) {
        return (number - 1) & (SubjectPage.SIZE - 1);
    }

    byte[] subject(int number) {
        return page(number).subject(place(number));
    }

    String text(int number) {
        return new String(subject(number), UTF_8);
    }

    /// How many messages of a subject there are.
    int count(int number) {
        return number == 0 ? 0 : page(number).count(place(number));
    }

    /// The newest message of a subject is there, or before; -1 for none.
    long lastAtMost(int number) {
        return number == 0 ? -1 : page(number).last(place(number));
    }

    /// The oldest message of a subject is there, or after.
    long firstAtLeast(int number) {
        return page(number).first(place(number));
    }

    /// Whether [#lastAtMost] is the newest itself.
    boolean knowsLast(int number) {
        return numbers.at(lastAtMost(number)) == number;
    }

    /// The offset of a subject's newest message, or -1.
    long last(byte[] subject, Cells cells) {
        int number = order.find(subject);
        if (number == 0 || knowsLast(number)) {
            return lastAtMost(number);
        }
        SubjectPage page = page(number);
        long last =
                numbers.previous(
                        page.first(place(number)), lastAtMost(number), each -> each == number);
        cells.touch(page);
        page.last(place(number), last);
        return last;
    }

    /// The offset of the newest message whose subject fits, -1 for none, or [#TOO_MANY]. All
    /// subjects are looked at that begin as the pattern does.
    long last(SubjectMatch match, Cells cells) {
        long[] newest = {-1};
        int[] left = {MOST_LOOKED_AT};
        walk(
                match.prefix(),
                null,
                number -> {
                    if (lastAtMost(number) > newest[0] && match.fits(this, number)) {
                        newest[0] = Math.max(newest[0], last(subject(number), cells));
                    }
                    return left[0]-- > 0;
                });
        return left[0] < 0 ? TOO_MANY : newest[0];
    }

    /// The offset of a subject's oldest message.
    long first(int number, Cells cells) {
        SubjectPage page = page(number);
        long first = page.first(place(number));
        if (numbers.at(first) != number) {
            first = numbers.next(first, Long.MAX_VALUE, each -> each == number);
            cells.touch(page);
            page.first(place(number), first);
        }
        return first;
    }

    /// As [#first], of a message that goes next: where the one behind it is known, that is noted.
    long takeFirst(int number, Cells cells) {
        long first = first(number, cells);
        int far = links == null ? 0 : links.at(first);
        if (far > 0) {
            SubjectPage page = page(number);
            cells.touch(page);
            page.first(place(number), first + far);
        }
        return first;
    }

    OffsetNumbers links() {
        OffsetNumbers known = links;
        if (known == null) {
            known = new OffsetNumbers(CellKind.SUBJECT_LINK_PAGE, stream);
            links = known;
        }
        return known;
    }

    /// A message was stored.
    ///
    /// @param linked whether it is to be found soon from the one before
    /// @return the number of its subject
    int stored(byte[] subject, long offset, boolean linked, Cells cells) {
        int there = order.find(subject);
        int number = there > 0 ? there : add(subject, cells);
        SubjectPage page = page(number);
        if (linked && there > 0 && knowsLast(number)) {
            long far = offset - lastAtMost(number);
            links().put(lastAtMost(number), far > Integer.MAX_VALUE ? 0 : (int) far, cells);
        }
        cells.touch(page);
        page.stored(place(number), offset);
        numbers.put(offset, number, cells);
        return number;
    }

    private int add(byte[] subject, Cells cells) {
        int at = roomy.nextSetBit(0);
        while (at >= 0 && !pages.get(at).hasRoom(subject.length)) {
            at = roomy.nextSetBit(at + 1);
        }
        if (at < 0) {
            at = pages.size();
            pages.add(cells.born(new SubjectPage(stream, at)));
        }
        SubjectPage page = pages.get(at);
        cells.touch(page);
        int number = (at << SubjectPage.SHIFT) + page.add(subject) + 1;
        roomy.set(at, page.hasRoom());
        order.add(subject, number);
        distinct++;
        watching.forEach(each -> each.forget(number));
        return number;
    }

    /// The messages from `first` to `end` (excluded) are gone.
    void removed(long first, long end, Cells cells) {
        numbers.remove(first, end, cells, (offset, number) -> removed(offset, number, cells));
        OffsetNumbers known = links;
        long last = (end - 1) >> SubjectNumberPage.SHIFT;
        for (long page = first >> SubjectNumberPage.SHIFT; known != null && page <= last; page++) {
            if (numbers.isEmpty(page)) {
                known.forgetPage(page, cells);
            }
        }
    }

    /// Everything below an offset is gone.
    void forgetBelow(long floor, Cells cells) {
        numbers.remove(0, floor, cells, (offset, number) -> removed(offset, number, cells));
        if (links != null) {
            links.forgetBelow(floor, cells);
        }
    }

    private void removed(long offset, int number, Cells cells) {
        removals++;
        watching.forEach(each -> each.removed(offset, number));
        SubjectPage page = page(number);
        cells.touch(page);
        if (page.removed(place(number))) {
            order.remove(page.subject(place(number)));
            page.remove(place(number));
            roomy.set(page.number, page.hasRoom());
            distinct--;
            while (!pages.isEmpty() && pages.getLast().used() == 0) {
                cells.touch(pages.getLast());
                roomy.clear(pages.size() - 1);
                pages.removeLast();
            }
        }
    }

    /// Begins to tell what is being counted of what changes, or ends that.
    void watch(SubjectMatch match, boolean begins) {
        if (begins) {
            watching.add(match);
        } else {
            watching.removeIf(each -> each.isSame(match));
        }
    }

    /// Gives the subjects in order that begin with some bytes, until the sink takes no more.
    ///
    /// @param after the last that was given, or null
    void walk(byte[] prefix, byte @Nullable [] after, IntPredicate sink) {
        boolean on = after != null && Arrays.compareUnsigned(after, prefix) >= 0;
        order.walk(
                on && after != null ? after : prefix,
                on,
                number -> startsWith(subject(number), prefix) && sink.test(number));
    }

    private static boolean startsWith(byte[] subject, byte[] prefix) {
        return subject.length >= prefix.length
                && Arrays.equals(subject, 0, prefix.length, prefix, 0, prefix.length);
    }

    // Checkpoints ----------------------------------------------------------------------------

    void restore(SubjectPage page) {
        pages.add(page);
    }

    /// All pages of a checkpoint are back.
    void restored() {
        pages.sort((a, b) -> Integer.compare(a.number, b.number));
        List<Integer> all = new ArrayList<>();
        for (SubjectPage page : pages) {
            roomy.set(page.number, page.hasRoom());
            distinct += page.used();
            for (int place = 0; place < SubjectPage.SIZE; place++) {
                if (page.has(place)) {
                    all.add((page.number << SubjectPage.SHIFT) + place + 1);
                }
            }
        }
        all.sort((a, b) -> Arrays.compareUnsigned(subject(a), subject(b)));
        order.fill(all.stream().mapToInt(Integer::intValue).toArray());
    }

    void cells(List<Cell> into) {
        into.addAll(pages);
        into.addAll(numbers.cells());
        if (links != null) {
            into.addAll(links.cells());
        }
    }

    void dump(long start, long end, StringBuilder out) {
        out.append("  subjects");
        walk(
                new byte[0],
                null,
                number -> {
                    out.append(' ').append(number).append('=').append(text(number));
                    out.append('*').append(count(number));
                    return true;
                });
        out.append(" of");
        for (long offset = start; offset < end; offset++) {
            out.append(' ').append(numbers.at(offset));
        }
        out.append('\n');
    }
}
