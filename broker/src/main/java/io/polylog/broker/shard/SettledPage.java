package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// 4,096 offsets of a subscription: which are settled, and how often the others were attempted. The
/// counts stand in planes of bits, one for each binary digit, made when first needed: offsets that
/// were never given back cost one bit. Counts end at 65,535. Another plane tells which are hidden:
/// unsettled, but nobody is given them, nor can settle them.
final class SettledPage extends Cell {
    static final int SHIFT = 12;
    static final int SIZE = 1 << SHIFT;

    private static final int WORDS = SIZE / Long.SIZE;
    private static final int MAX_PLANES = 16;
    private static final long[][] NO_PLANES = new long[0][];

    private static final int FULL = 1;
    private static final int HIDES = 2;

    final long subscription;
    final long number;

    /// Null when all are settled.
    private long @Nullable [] settled = new long[WORDS];

    private long[][] attempts = NO_PLANES;
    private int settledCount;

    /// Null when none is hidden.
    private long @Nullable [] hidden;

    private int hiddenCount;

    SettledPage(long subscription, long number) {
        this.subscription = subscription;
        this.number = number;
    }

    boolean full() {
        return settled == null;
    }

    int settledCount() {
        return settledCount;
    }

    boolean isSettled(int bit) {
        return settled == null || (settled[bit >> 6] & 1L << bit) != 0;
    }

    int attempt(int bit) {
        int attempt = 0;
        for (int plane = 0; plane < attempts.length; plane++) {
            attempt |= (int) (attempts[plane][bit >> 6] >>> bit & 1) << plane;
        }
        return attempt;
    }

    /// How many bits from `from` to `to` (excluded) are settled.
    int settled(int from, int to) {
        if (settled == null) {
            return to - from;
        }
        if (to - from == SIZE) {
            return settledCount;
        }
        int count = 0;
        for (int word = from >> 6; from < to && word <= (to - 1) >> 6; word++) {
            count += Long.bitCount(settled[word] & mask(word, from, to));
        }
        return count;
    }

    /// Settles the bits from `from` to `to` (excluded) that are unsettled and stand at `attempt`.
    ///
    /// @return how many
    int settle(int from, int to, int attempt) {
        int count = 0;
        for (int word = from >> 6; word <= (to - 1) >> 6 && settled != null; word++) {
            long mask = mask(word, from, to) & matching(word, attempt) & ~hidden(word);
            if (mask != 0) {
                settled[word] |= mask;
                for (long[] plane : attempts) {
                    plane[word] &= ~mask;
                }
                count += Long.bitCount(mask);
            }
        }
        settledCount += count;
        if (settledCount == SIZE) {
            settled = null;
            attempts = NO_PLANES;
        }
        return count;
    }

    /// The bits from `from` to `to` (excluded) are unsettled again, those of them that were
    /// settled.
    void unsettle(int from, int to) {
        long[] words = settled;
        if (words == null) {
            words = new long[WORDS];
            Arrays.fill(words, -1);
            settled = words;
        }
        for (int word = from >> 6; word <= (to - 1) >> 6; word++) {
            words[word] &= ~mask(word, from, to);
        }
        settledCount = Arrays.stream(words).mapToInt(Long::bitCount).sum();
    }

    /// Raises the attempt of the bits from `from` to `to` (excluded) that are unsettled and stand
    /// at `attempt`; tells which through `raised`.
    ///
    /// @return how many
    int raise(int from, int to, int attempt, Raised raised) {
        int count = 0;
        for (int word = from >> 6; word <= (to - 1) >> 6 && settled != null; word++) {
            long mask = mask(word, from, to) & matching(word, attempt) & ~hidden(word);
            if (mask != 0) {
                increment(word, mask);
                count += Long.bitCount(mask);
                raised.word((number << SHIFT) + ((long) word << 6), mask);
            }
        }
        return count;
    }

    /// Hears which offsets had their attempt raised.
    @FunctionalInterface
    interface Raised {
        void word(long firstOffset, long mask);
    }

    private void increment(int word, long mask) {
        long carry = mask & ~atMost(word);
        for (int plane = 0; carry != 0; plane++) {
            if (plane == attempts.length) {
                attempts = Arrays.copyOf(attempts, plane + 1);
                attempts[plane] = new long[WORDS];
            }
            long before = attempts[plane][word];
            attempts[plane][word] = before ^ carry;
            carry &= before;
        }
    }

    /// Bits whose count cannot grow.
    private long atMost(int word) {
        if (attempts.length < MAX_PLANES) {
            return 0;
        }
        long all = -1;
        for (long[] plane : attempts) {
            all &= plane[word];
        }
        return all;
    }

    // What is hidden ---------------------------------------------------------------------------

    int hiddenCount() {
        return hiddenCount;
    }

    private long hidden(int word) {
        return hidden == null ? 0 : hidden[word];
    }

    /// Hides an unsettled bit.
    void hide(int bit) {
        long[] plane = hidden == null ? new long[WORDS] : hidden;
        hiddenCount += (plane[bit >> 6] >>> bit & 1) == 0 ? 1 : 0;
        plane[bit >> 6] |= 1L << bit;
        hidden = plane;
    }

    /// Shows a bit again.
    ///
    /// @return whether it was hidden
    boolean show(int bit) {
        if (hidden == null || (hidden[bit >> 6] >>> bit & 1) == 0) {
            return false;
        }
        hidden[bit >> 6] &= ~(1L << bit);
        if (--hiddenCount == 0) {
            hidden = null;
        }
        return true;
    }

    /// The first bit from `from` on, below `to`, that is hidden or is not; `to` for none.
    int next(boolean isHidden, int from, int to) {
        for (int word = from >> 6; from < to && word <= (to - 1) >> 6; word++) {
            long found = (isHidden ? hidden(word) : ~hidden(word)) & mask(word, from, to);
            if (found != 0) {
                return (word << 6) + Long.numberOfTrailingZeros(found);
            }
        }
        return to;
    }

    /// Gives the hidden offsets.
    void eachHidden(LongConsumer sink) {
        for (int bit = next(true, 0, SIZE); bit < SIZE; bit = next(true, bit + 1, SIZE)) {
            sink.accept((number << SHIFT) + bit);
        }
    }

    private long matching(int word, int attempt) {
        if (settled == null || attempt >> attempts.length != 0) {
            return 0;
        }
        long match = ~settled[word];
        for (int plane = 0; plane < attempts.length; plane++) {
            long bits = attempts[plane][word];
            match &= (attempt >> plane & 1) != 0 ? bits : ~bits;
        }
        return match;
    }

    private static long mask(int word, int from, int to) {
        long mask = -1;
        int first = word << 6;
        if (from > first) {
            mask <<= from - first;
        }
        if (to < first + Long.SIZE) {
            mask &= (1L << (to - first)) - 1;
        }
        return mask;
    }

    /// The first unsettled bit from `from` on, or [#SIZE].
    int nextUnsettled(int from) {
        if (settled == null) {
            return SIZE;
        }
        for (int word = from >> 6; word < WORDS; word++) {
            long open = ~settled[word];
            if (word == from >> 6) {
                open &= -1L << from;
            }
            if (open != 0) {
                return (word << 6) + Long.numberOfTrailingZeros(open);
            }
        }
        return SIZE;
    }

    /// One past the last of the unsettled bits from `from` on that share its attempt.
    int endOfRun(int from, int attempt) {
        for (int word = from >> 6; word < WORDS; word++) {
            long other = ~matching(word, attempt);
            if (word == from >> 6) {
                other &= -1L << from;
            }
            if (other != 0) {
                return (word << 6) + Long.numberOfTrailingZeros(other);
            }
        }
        return SIZE;
    }

    @Override
    public int kind() {
        return CellKind.SETTLED_PAGE;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(subscription).number(number);
        out.octet((settled == null ? FULL : 0) | (hidden == null ? 0 : HIDES));
        if (settled != null) {
            words(out, settled);
            out.octet(attempts.length);
            for (long[] plane : attempts) {
                words(out, plane);
            }
        }
        if (hidden != null) {
            words(out, hidden);
        }
    }

    private static void words(HeadWriter out, long[] words) {
        for (long word : words) {
            out.fixed(word);
        }
    }

    /// Takes back what [#encode] wrote behind subscription and number.
    void restore(HeadReader in) {
        int bits = in.octet();
        if ((bits & FULL) != 0) {
            settled = null;
            settledCount = SIZE;
            return;
        }
        long[] words = words(in);
        settled = words;
        settledCount = Arrays.stream(words).mapToInt(Long::bitCount).sum();
        attempts = new long[in.octet()][];
        for (int plane = 0; plane < attempts.length; plane++) {
            attempts[plane] = words(in);
        }
        if ((bits & HIDES) != 0) {
            long[] plane = words(in);
            hidden = plane;
            hiddenCount = Arrays.stream(plane).mapToInt(Long::bitCount).sum();
        }
    }

    private static long[] words(HeadReader in) {
        long[] words = new long[WORDS];
        for (int word = 0; word < WORDS; word++) {
            words[word] = in.fixed();
        }
        return words;
    }
}
