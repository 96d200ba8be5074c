package io.polylog.broker.shard;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.SubjectView.Count;
import io.polylog.broker.SubjectView.Held;
import io.polylog.broker.SubjectView.Last;
import io.polylog.broker.SubjectView.Page;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A question to a stream's index, answered in steps that take less than a millisecond or so each.
/// Changes nothing that is durable. On the shard's thread until it is answered.
///
/// @param <T> the answer
public abstract sealed class SubjectQuestion<T> {
    /// Offsets looked at in one step.
    private static final int OFFSETS = 64 * 1024;

    /// Subjects looked at in one step.
    private static final int SUBJECTS = 1024;

    final SubjectMatch match;

    /// The one subject that is meant, if it is one without wildcards.
    private final byte @Nullable [] literal;

    SubjectQuestion(List<String> patterns) {
        match = new SubjectMatch(patterns);
        literal =
                patterns.size() == 1 && SubjectMatch.isLiteral(patterns.getFirst())
                        ? patterns.getFirst().getBytes(UTF_8)
                        : null;
    }

    /// Goes on.
    ///
    /// @return whether it is answered
    abstract boolean step(Stream stream, SubjectIndex index);

    public abstract T answer();

    /// The number of the one subject that is meant, 0 where nothing of it is there; -1 where more
    /// may be meant.
    int only(SubjectIndex index) {
        return literal == null ? -1 : index.number(literal);
    }

    /// The newest below an offset.
    public static final class Newest extends SubjectQuestion<Long> {
        private long below;
        private long found = -1;

        public Newest(String pattern, long below) {
            super(List.of(pattern));
            this.below = below;
        }

        @Override
        boolean step(Stream stream, SubjectIndex index) {
            below = Math.min(below, stream.end);
            int only = only(index);
            if (only >= 0 && (only == 0 || index.lastAtMost(only) < below)) {
                below = Math.min(below, index.lastAtMost(only) + 1);
            }
            long from = Math.max(stream.start, below - OFFSETS);
            found =
                    index.numbers()
                            .previous(
                                    from,
                                    below,
                                    only > 0
                                            ? each -> each == only
                                            : each -> match.fits(index, each));
            below = from;
            return found >= 0 || below <= stream.start;
        }

        @Override
        public Long answer() {
            return found;
        }
    }

    /// The oldest from an offset on.
    public static final class Oldest extends SubjectQuestion<Long> {
        private long from;
        private long found = -1;

        public Oldest(List<String> patterns, long from) {
            super(patterns);
            this.from = from;
        }

        @Override
        boolean step(Stream stream, SubjectIndex index) {
            from = Math.max(from, stream.start);
            int only = only(index);
            if (only >= 0 && index.lastAtMost(only) < from) {
                return true;
            }
            from = only > 0 ? Math.max(from, index.firstAtLeast(only)) : from;
            long end = Math.min(stream.end, from + OFFSETS);
            found = index.numbers().next(from, end, each -> match.fits(index, each));
            from = end;
            return found >= 0 || from >= stream.end;
        }

        @Override
        public Long answer() {
            return found;
        }
    }

    /// How many from an offset on, below another.
    public static final class Counting extends SubjectQuestion<Count> {
        private final long end;
        private boolean began;
        private long removals;

        public Counting(List<String> patterns, long from, long end) {
            super(patterns);
            match.from = Math.max(0, from);
            match.to = match.from;
            this.end = end;
        }

        @Override
        boolean step(Stream stream, SubjectIndex index) {
            removals = index.removals();
            int only = only(index);
            boolean all =
                    only > 0
                            && match.from <= index.firstAtLeast(only)
                            && index.lastAtMost(only) < end;
            if (!began && (only == 0 || all)) {
                match.count = index.count(only);
                match.to = Math.max(match.from, Math.min(end, stream.end));
                return true;
            }
            if (!began) {
                index.watch(match, true);
                began = true;
            }
            match.to = Math.max(match.to, Math.min(end, stream.start));
            long to = Math.min(Math.min(end, stream.end), match.to + OFFSETS);
            match.count += index.numbers().count(match.to, to, each -> match.fits(index, each));
            match.to = Math.max(match.to, to);
            boolean over = match.to >= Math.min(end, stream.end);
            if (over) {
                index.watch(match, false);
            }
            return over;
        }

        @Override
        public Count answer() {
            return new Count(match.count, removals, match.to);
        }
    }

    /// Where the newest so many begin.
    public static final class NewestSoMany extends SubjectQuestion<Long> {
        private final long count;
        private long left;
        private long below = Long.MAX_VALUE;
        private long found = Long.MAX_VALUE;

        public NewestSoMany(List<String> patterns, long count) {
            super(patterns);
            this.count = count;
            left = count;
        }

        @Override
        boolean step(Stream stream, SubjectIndex index) {
            below = Math.min(below, stream.end);
            found = count == 0 ? below : found;
            long from = Math.max(stream.start, below - OFFSETS);
            while (left > 0 && below > from) {
                long at = index.numbers().previous(from, below, each -> match.fits(index, each));
                below = at < 0 ? from : at;
                found = at < 0 ? found : at;
                left -= at < 0 ? 0 : 1;
            }
            return left == 0 || below <= stream.start;
        }

        /// Of fewer than so many, all stay.
        @Override
        public Long answer() {
            return left > 0 ? 0 : found;
        }
    }

    /// Subjects in order, page by page.
    abstract static sealed class Walk<T> extends SubjectQuestion<Page<T>> {
        private final int limit;
        private byte @Nullable [] after;
        int taken;
        boolean walked;
        private boolean more;

        Walk(List<String> patterns, @Nullable String after, int limit) {
            super(patterns);
            this.after = after == null ? null : after.getBytes(UTF_8);
            this.limit = limit;
        }

        /// Takes a subject that fits.
        abstract void take(SubjectIndex index, int number);

        /// Goes on from where it was; then [#walked] tells whether all is taken.
        void walk(Stream stream, SubjectIndex index) {
            int[] looked = new int[1];
            more = false;
            index.walk(
                    match.prefix(),
                    after,
                    number -> {
                        more = taken == limit || looked[0]++ == SUBJECTS;
                        if (more) {
                            return false;
                        }
                        after = index.subject(number);
                        if (match.fits(index, number)) {
                            take(index, number);
                        }
                        return true;
                    });
            walked = !more || taken == limit;
        }

        Page<T> page(List<T> all) {
            byte[] last = after;
            return new Page<>(all, more && last != null ? new String(last, UTF_8) : null);
        }
    }

    /// Each with how many there are.
    public static final class Listing extends Walk<Held> {
        private final List<Held> all = new ArrayList<>();

        public Listing(String pattern, @Nullable String after, int limit) {
            super(List.of(pattern), after, limit);
        }

        @Override
        void take(SubjectIndex index, int number) {
            all.add(new Held(index.text(number), index.count(number)));
            taken++;
        }

        @Override
        boolean step(Stream stream, SubjectIndex index) {
            walk(stream, index);
            return walked;
        }

        @Override
        public Page<Held> answer() {
            return page(all);
        }
    }

    /// Of each the newest below an offset.
    public static final class NewestOfEach extends Walk<Last> {
        private long below;
        private final List<Found> all = new ArrayList<>();

        /// Some are to be looked for among the messages.
        private boolean unknown;

        private static final class Found {
            final byte[] subject;
            long offset;

            Found(byte[] subject, long offset) {
                this.subject = subject;
                this.offset = offset;
            }
        }

        public NewestOfEach(List<String> patterns, long below, @Nullable String after, int limit) {
            super(patterns, after, limit);
            this.below = below;
        }

        @Override
        void take(SubjectIndex index, int number) {
            if (index.firstAtLeast(number) >= below) {
                return;
            }
            boolean known = index.lastAtMost(number) < below && index.knowsLast(number);
            unknown |= !known;
            all.add(new Found(index.subject(number), known ? index.lastAtMost(number) : -1));
            taken++;
        }

        @Override
        boolean step(Stream stream, SubjectIndex index) {
            if (!walked) {
                walk(stream, index);
                return walked && !unknown;
            }
            Map<Integer, Found> open = new HashMap<>();
            for (Found each : all) {
                if (each.offset < 0) {
                    open.put(index.number(each.subject), each);
                }
            }
            open.remove(0);
            below = Math.min(below, stream.end);
            long from = Math.max(stream.start, below - OFFSETS);
            while (!open.isEmpty() && below > from) {
                long at = index.numbers().previous(from, below, open::containsKey);
                Found found = at < 0 ? null : open.remove(index.numbers().at(at));
                below = found == null ? from : at;
                if (found != null) {
                    found.offset = at;
                }
            }
            return open.isEmpty() || below <= stream.start;
        }

        @Override
        public Page<Last> answer() {
            return page(
                    all.stream()
                            .filter(each -> each.offset >= 0)
                            .map(each -> new Last(new String(each.subject, UTF_8), each.offset))
                            .toList());
        }
    }
}
