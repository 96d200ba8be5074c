package io.polylog.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is settled, and how often the rest was attempted, against a plain map.
class SettledSetTest {
    private static final int OFFSETS = 15_000;

    private final Cells cells = new Cells();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void it_agrees_with_a_map_of_attempts(long seed) {
        Random random = new Random(seed);
        SettledSet set = new SettledSet(7, 0);
        TreeMap<Long, Integer> open = new TreeMap<>();
        for (long offset = 0; offset < OFFSETS; offset++) {
            open.put(offset, 0);
        }
        for (int step = 0; step < 4000 && !open.isEmpty(); step++) {
            long from = Math.max(0, open.firstKey() + random.nextInt(9000) - 200);
            long end = Math.min(OFFSETS, from + random.nextInt(150));
            int attempt = random.nextInt(4) == 0 ? random.nextInt(4) : 0;
            boolean settle = random.nextBoolean();
            long count = 0;
            for (long each = from; each < end; each++) {
                if (open.getOrDefault(each, -1) == attempt) {
                    count++;
                    if (settle) {
                        open.remove(each);
                    } else {
                        open.put(each, attempt + 1);
                    }
                }
            }
            long done =
                    settle
                            ? set.settle(from, end, attempt, cells)
                            : set.raise(from, end, attempt, cells, (first, mask) -> {});
            assertThat(done).as("seed %d step %d", seed, step).isEqualTo(count);
            if (step % 300 == 299) {
                unsettle(set, open, Math.max(0, from - random.nextInt(9000)));
            }
            if (step % 100 == 0) {
                SettledSet again = restored(set);
                check(seed, step, set, open);
                check(seed, step, again, open);
                set = again;
            }
        }
    }

    private void unsettle(SettledSet set, NavigableMap<Long, Integer> open, long from) {
        NavigableMap<Long, Integer> revived = new TreeMap<>();
        for (long each = from; each < OFFSETS; each++) {
            if (open.putIfAbsent(each, 0) == null) {
                revived.put(each, 0);
            }
        }
        NavigableMap<Long, Integer> told = new TreeMap<>();
        set.unsettle(
                from,
                OFFSETS,
                cells,
                (first, end) -> {
                    for (long each = first; each < end; each++) {
                        told.put(each, 0);
                    }
                });
        assertThat(told).isEqualTo(revived);
    }

    private static void check(
            long seed, int step, SettledSet set, NavigableMap<Long, Integer> open) {
        long first = open.isEmpty() ? OFFSETS : open.firstKey();
        assertThat(set.floor()).as("seed %d step %d", seed, step).isEqualTo(first);
        assertThat(set.unsettled(0, OFFSETS)).isEqualTo(open.size());
        Run run = new Run();
        long position = 0;
        TreeMap<Long, Integer> found = new TreeMap<>();
        while (set.find(position, OFFSETS, run)) {
            for (long each = run.first; each < run.end; each++) {
                found.put(each, run.attempt);
            }
            position = run.end;
        }
        assertThat(found).as("seed %d step %d", seed, step).isEqualTo(open);
    }

    private SettledSet restored(SettledSet set) {
        SettledSet again = new SettledSet(7, set.floor());
        for (int place = 0; place < set.pageCount(); place++) {
            Cell cell = set.pageAt(place);
            if (cell != null) {
                HeadWriter out = new HeadWriter(64);
                cell.encode(out);
                HeadReader in = new HeadReader(out.toBuffer());
                SettledPage page = new SettledPage(in.number(), in.number());
                page.restore(in);
                again.restore(page);
            }
        }
        return again;
    }

    @Test
    void settling_in_order_costs_no_page() {
        SettledSet set = new SettledSet(7, 0);
        for (long offset = 0; offset < 1_000_000; offset += 10) {
            set.settle(offset, offset + 10, 0, cells);
        }
        assertThat(set.floor()).isEqualTo(1_000_000);
        assertThat(set.pageCount()).isZero();
    }

    @Test
    void a_count_of_attempts_ends_at_65535() {
        SettledSet set = new SettledSet(7, 0);
        for (int attempt = 0; attempt < 65_600; attempt++) {
            set.raise(3, 4, Math.min(attempt, 65_535), cells, (first, mask) -> {});
        }
        assertThat(set.attempt(3)).isEqualTo(65_535);
        assertThat(set.settle(3, 4, 65_534, cells)).isZero();
        assertThat(set.settle(3, 4, 65_535, cells)).isEqualTo(1);
    }
}
