package io.polylog.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The timers of a shard give what a sorted list gives.
final class TimersTest {
    private static final int STEPS = 20_000;
    private static final int PAGES = 32;
    private static final long BEGIN_MS = 1_790_000_000_000L;
    private static final long DAY_MS = 86_400_000;

    private record Entry(long dueMs, long stream, long offset) {}

    private static final class Told implements Watch {
        long atMs = Long.MAX_VALUE;

        @Override
        public void headChanged(long stream) {}

        @Override
        public void due(long toldMs) {
            atMs = toldMs;
        }

        @Override
        public void sends(long stream) {}

        @Override
        public void sifts(long subscription) {}

        @Override
        public void looks(long subscription) {}
    }

    private static Timers restored(Timers saved) {
        List<Cell> cells = new ArrayList<>();
        saved.cells(cells);
        Timers timers = new Timers(new Cells());
        for (Cell cell : cells.reversed()) {
            HeadWriter out = new HeadWriter(64);
            cell.encode(out);
            ByteBuffer body = out.toBuffer();
            assertThat(body.remaining()).isLessThan(5_000);
            if (cell.kind() == CellKind.TIMERS) {
                timers.restore(new HeadReader(body));
            } else {
                timers.restore(TimerPage.decode(new HeadReader(body)));
            }
        }
        timers.restored();
        assertThat(dump(timers)).isEqualTo(dump(saved));
        return timers;
    }

    private static String dump(Timers timers) {
        StringBuilder out = new StringBuilder();
        timers.dump(out);
        return out.toString();
    }

    /// Asks again as long as it is told to at once.
    private static void giveAll(
            Timers timers, long upToMs, int pages, List<Entry> given, Told told) {
        do {
            told.atMs = Long.MAX_VALUE;
            timers.due(upToMs, pages, (stream, offset) -> given.add(new Entry(0, stream, offset)));
            timers.tell(told);
        } while (told.atMs <= upToMs);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theyAgreeWithASortedList(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Timers timers = new Timers(new Cells());
        List<Entry> list = new ArrayList<>();
        Told told = new Told();
        long nowMs = BEGIN_MS;
        for (int step = 0; step < STEPS; step++) {
            int dice = random.nextInt(100);
            if (dice < 80) {
                long delayMs = 1L << random.nextInt(30);
                Entry entry =
                        new Entry(
                                nowMs + random.nextLong(delayMs),
                                random.nextLong(3) << 33,
                                random.nextLong(1L << random.nextInt(1, 40)));
                timers.add(entry.dueMs, entry.stream, entry.offset);
                list.add(entry);
            } else if (dice < 99) {
                // A clock that is set back now and then.
                nowMs += random.nextLong(1L << random.nextInt(1, 25)) - random.nextInt(20);
                List<Entry> given = new ArrayList<>();
                long upToMs = nowMs;
                told.atMs = Long.MAX_VALUE;
                giveAll(timers, upToMs, random.nextInt(1, 20), given, told);
                List<Entry> due = new ArrayList<>();
                list.stream()
                        .filter(e -> e.dueMs <= upToMs)
                        .forEach(e -> due.add(new Entry(0, e.stream, e.offset)));
                list.removeIf(e -> e.dueMs <= upToMs);
                assertThat(given).as("seed " + seed).containsExactlyInAnyOrderElementsOf(due);
            } else {
                timers = restored(timers);
                told.atMs = Long.MAX_VALUE;
            }
            timers.tell(told);
            long firstMs = list.stream().mapToLong(Entry::dueMs).min().orElse(Long.MAX_VALUE);
            assertThat(told.atMs).as("seed " + seed).isLessThanOrEqualTo(firstMs);
        }
    }

    /// Who looks when told looks a few times only before what is due is given, at its time.
    @Test
    void whatIsToldLeadsToTheTime() {
        Timers timers = new Timers(new Cells());
        List<Entry> all = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 1_000; i++) {
            Entry entry = new Entry(BEGIN_MS + random.nextLong(DAY_MS), 1L << 33, i);
            all.add(entry);
            timers.add(entry.dueMs, entry.stream, entry.offset);
        }
        all.sort(Comparator.comparingLong(Entry::dueMs));
        Told told = new Told();
        timers.tell(told);
        List<Long> given = new ArrayList<>();
        int looks = 0;
        while (told.atMs != Long.MAX_VALUE) {
            long nowMs = told.atMs;
            told.atMs = Long.MAX_VALUE;
            timers.due(nowMs, 4, (stream, offset) -> given.add(nowMs));
            timers.tell(told);
            looks++;
        }
        assertThat(given).isEqualTo(all.stream().map(Entry::dueMs).toList());
        assertThat(looks).isLessThan(3 * all.size());
    }

    /// Many that are due within a short time are divided before it, and nobody waits long.
    @Test
    void manyAreGivenInShortSteps() {
        int count = 1_000_000;
        Timers timers = new Timers(new Cells());
        timers.due(BEGIN_MS, PAGES, (stream, offset) -> {});
        SplittableRandom random = new SplittableRandom(3);
        long firstMs = BEGIN_MS + 40_000;
        long[] dueMs = new long[count];
        for (int i = 0; i < count; i++) {
            dueMs[i] = firstMs + random.nextLong(60_000);
            timers.add(dueMs[i], 1L << 33, i);
        }
        Told told = new Told();
        timers.tell(told);
        int[] given = {0};
        long[] latestMs = {0};
        long nowMs = BEGIN_MS;
        int mostAtOnce = 0;
        while (told.atMs != Long.MAX_VALUE) {
            assertThat(told.atMs).as("when to look").isGreaterThan(nowMs);
            nowMs = told.atMs;
            told.atMs = Long.MAX_VALUE;
            int before = given[0];
            long atMs = nowMs;
            timers.due(
                    nowMs,
                    PAGES,
                    (stream, offset) -> {
                        given[0]++;
                        latestMs[0] = Math.max(latestMs[0], atMs - dueMs[(int) offset]);
                    });
            mostAtOnce = Math.max(mostAtOnce, given[0] - before);
            timers.tell(told);
        }
        assertThat(latestMs[0]).as("late by").isZero();
        assertThat(given[0]).isEqualTo(count);
        assertThat(nowMs).isLessThan(firstMs + 60_000);
        assertThat(mostAtOnce).as("given at once").isLessThan(500);
    }

    /// A great many that are due at the same time are given in steps, and none is moved in vain.
    @Test
    void manyOfTheSameTimeAreGivenInSteps() {
        int count = 100_000;
        Timers timers = new Timers(new Cells());
        timers.due(BEGIN_MS, PAGES, (stream, offset) -> {});
        long dueMs = (BEGIN_MS + 60_000) | 0xF;
        for (int i = 0; i < count; i++) {
            timers.add(dueMs, 1L << 33, i);
        }
        Told told = new Told();
        timers.tell(told);
        int[] given = {0};
        int looksBefore = 0;
        int looksThen = 0;
        while (told.atMs != Long.MAX_VALUE) {
            long nowMs = told.atMs;
            told.atMs = Long.MAX_VALUE;
            timers.due(nowMs, PAGES, (stream, offset) -> given[0]++);
            looksBefore += nowMs < dueMs ? 1 : 0;
            looksThen += nowMs < dueMs ? 0 : 1;
            assertThat(nowMs < dueMs ? given[0] : 0).as("given early").isZero();
            timers.tell(told);
        }
        assertThat(given[0]).isEqualTo(count);
        assertThat(looksBefore).as("looks before").isLessThan(40);
        assertThat(looksThen).as("looks").isBetween(2, 10);
    }

    /// After a long time without anybody who looked, what is due comes in parts.
    @Test
    void whatWasDueLongAgoComesInParts() {
        int count = 300_000;
        Timers timers = new Timers(new Cells());
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < count; i++) {
            timers.add(BEGIN_MS + random.nextLong(DAY_MS), 1L << 33, i);
        }
        Told told = new Told();
        int[] given = {0};
        int looks = 0;
        do {
            int before = given[0];
            told.atMs = Long.MAX_VALUE;
            timers.due(BEGIN_MS + 2 * DAY_MS, PAGES, (stream, offset) -> given[0]++);
            assertThat(given[0] - before).as("given at once").isLessThan(PAGES * 1_400);
            timers.tell(told);
            looks++;
        } while (told.atMs != Long.MAX_VALUE);
        assertThat(given[0]).isEqualTo(count);
        assertThat(looks).isBetween(5, 50);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_000})
    void anEntryTakesFewBytes(int streams) {
        int count = 1_000_000;
        Timers timers = new Timers(new Cells());
        timers.due(BEGIN_MS, 1, (stream, offset) -> {});
        SplittableRandom random = new SplittableRandom(9);
        for (int i = 0; i < count; i++) {
            long stream = random.nextInt(streams);
            timers.add(BEGIN_MS + random.nextLong(DAY_MS), stream << 3, i / streams);
        }
        double bytes = (double) timers.capacity() / count;
        assertThat(bytes).as("bytes").isLessThan(streams == 1 ? 6.0 : 8.5);
    }
}
