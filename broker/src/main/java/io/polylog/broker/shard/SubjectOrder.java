package io.polylog.broker.shard;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/// The numbers of subjects in the order of their bytes, in leaves of at most 512, so that a subject
/// is found, and those that begin alike are walked, without looking at the others. Volatile: made
/// anew from the subjects. On the shard's thread.
final class SubjectOrder {
    private static final int LEAST = 16;
    private static final int MOST = 512;

    private final IntFunction<byte[]> subjects;

    /// None is empty.
    private final List<Leaf> leaves = new ArrayList<>();

    private static final class Leaf {
        int[] numbers = new int[LEAST];
        int count;
    }

    /// @param subjects by number
    SubjectOrder(IntFunction<byte[]> subjects) {
        this.subjects = subjects;
    }

    /// The number of a subject, or 0.
    int find(byte[] subject) {
        Leaf leaf = leaves.isEmpty() ? null : leaves.get(leafOf(subject));
        int place = leaf == null ? -1 : placeOf(leaf, subject);
        return leaf == null || place < 0 ? 0 : leaf.numbers[place];
    }

    /// Adds one that is not there.
    void add(byte[] subject, int number) {
        if (leaves.isEmpty()) {
            leaves.add(new Leaf());
        }
        int at = leafOf(subject);
        Leaf leaf = leaves.get(at);
        if (leaf.count == MOST) {
            Leaf upper = new Leaf();
            upper.count = MOST / 2;
            upper.numbers = Arrays.copyOfRange(leaf.numbers, MOST / 2, MOST);
            leaf.count = MOST / 2;
            leaf.numbers = Arrays.copyOf(leaf.numbers, MOST / 2);
            leaves.add(at + 1, upper);
            leaf = compare(subject, upper.numbers[0]) < 0 ? leaf : upper;
        }
        insert(leaf, -1 - placeOf(leaf, subject), number);
    }

    private static void insert(Leaf leaf, int place, int number) {
        if (leaf.count == leaf.numbers.length) {
            int room = Math.clamp(leaf.count + (leaf.count >> 1), LEAST, MOST);
            leaf.numbers = Arrays.copyOf(leaf.numbers, room);
        }
        System.arraycopy(leaf.numbers, place, leaf.numbers, place + 1, leaf.count - place);
        leaf.numbers[place] = number;
        leaf.count++;
    }

    /// Removes one that is there; it can still be looked up.
    void remove(byte[] subject) {
        int at = leafOf(subject);
        Leaf leaf = leaves.get(at);
        int place = placeOf(leaf, subject);
        leaf.count--;
        System.arraycopy(leaf.numbers, place + 1, leaf.numbers, place, leaf.count - place);
        if (leaf.count == 0) {
            leaves.remove(at);
        }
    }

    /// Puts all in, instead of what is there.
    ///
    /// @param sorted in the order of their subjects
    void fill(int[] sorted) {
        leaves.clear();
        int step = MOST * 3 / 4;
        for (int from = 0; from < sorted.length; from += step) {
            Leaf leaf = new Leaf();
            leaf.numbers = Arrays.copyOfRange(sorted, from, Math.min(sorted.length, from + step));
            leaf.count = leaf.numbers.length;
            leaves.add(leaf);
        }
    }

    /// Gives the numbers in order, from a subject on, until the sink takes no more.
    ///
    /// @param beyond whether that subject itself is left out
    void walk(byte[] from, boolean beyond, IntPredicate sink) {
        int at = leaves.isEmpty() ? 0 : leafOf(from);
        for (; at < leaves.size(); at++) {
            Leaf leaf = leaves.get(at);
            int found = placeOf(leaf, from);
            int place = found >= 0 ? found + (beyond ? 1 : 0) : -1 - found;
            for (; place < leaf.count; place++) {
                if (!sink.test(leaf.numbers[place])) {
                    return;
                }
            }
        }
    }

    /// The leaf that a subject belongs to.
    private int leafOf(byte[] subject) {
        int least = 0;
        int end = leaves.size();
        while (end - least > 1) {
            int middle = (least + end) >>> 1;
            if (compare(subject, leaves.get(middle).numbers[0]) < 0) {
                end = middle;
            } else {
                least = middle;
            }
        }
        return least;
    }

    /// The place of a subject, or `-1 - place` where it would be.
    private int placeOf(Leaf leaf, byte[] subject) {
        int least = 0;
        int end = leaf.count;
        while (least < end) {
            int middle = (least + end) >>> 1;
            int order = compare(subject, leaf.numbers[middle]);
            if (order == 0) {
                return middle;
            }
            if (order > 0) {
                least = middle + 1;
            } else {
                end = middle;
            }
        }
        return -1 - least;
    }

    private int compare(byte[] subject, int number) {
        return Arrays.compareUnsigned(subject, subjects.apply(number));
    }
}
