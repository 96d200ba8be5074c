package io.polylog.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import io.polylog.io.MemoryUse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecentIdsTest {
    private static final long YEAR_MS = 366 * 86_400_000L;

    private final Cells cells = new Cells();
    private RecentIds ids = new RecentIds(7);

    /// Of the message added last.
    private long offset;

    /// What a window holds, gone through from the front.
    private record Known(KeyDigest id, long timeMs, long offset) {}

    private boolean add(KeyDigest id, Deduplication window, long nowMs) {
        ids.evict(window, nowMs, cells);
        if (ids.contains(id)) {
            return false;
        }
        offset += 1 + offset % 7;
        ids.add(id, offset, window.count(), nowMs, cells);
        return true;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whatIsKnownIsWhatAListOfThemHolds(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Deduplication window =
                new Deduplication(1 + random.nextInt(5_000), 1 + random.nextInt(3_000));
        Deque<Known> list = new ArrayDeque<>();
        long nowMs = 1_000_000;
        for (int step = 0; step < 30_000; step++) {
            nowMs += random.nextInt(4) == 0 ? random.nextInt(5) : 0;
            nowMs += random.nextInt(3_000) == 0 ? random.nextLong(YEAR_MS) : 0;
            if (random.nextInt(500) == 0) {
                ids = restored(random);
            }
            long nowThen = nowMs;
            list.removeIf(known -> known.timeMs <= nowThen - window.spanMs());
            // Few low bits: they meet where they are looked up.
            KeyDigest id =
                    random.nextBoolean()
                            ? new KeyDigest(random.nextInt(4_000), 9)
                            : new KeyDigest(
                                    random.nextInt(3), (random.nextInt(40) * 0x10001L) << 3);
            Known known = list.stream().filter(each -> each.id.equals(id)).findFirst().orElse(null);
            boolean anew = add(id, window, nowMs);
            assertThat(anew).as("seed %d step %d", seed, step).isEqualTo(known == null);
            assertThat(ids.offset(id))
                    .as("seed %d step %d", seed, step)
                    .isEqualTo(known == null ? offset : known.offset);
            if (anew) {
                list.add(new Known(id, nowMs, offset));
                if (list.size() > window.count()) {
                    list.removeFirst();
                }
            }
        }
    }

    /// What a checkpoint makes of it, its cells in any order.
    private RecentIds restored(SplittableRandom random) {
        RecentIds other = new RecentIds(7);
        List<Cell> pages = new ArrayList<>(ids.cells());
        Collections.shuffle(pages, new Random(random.nextLong()));
        for (Cell page : pages) {
            HeadWriter out = new HeadWriter(64);
            page.encode(out);
            assertThat(out.length()).isLessThan(64 * 1024);
            other.restore(IdPage.decode(page.kind(), new HeadReader(out.toBuffer())));
        }
        if (!pages.isEmpty()) {
            other.restored();
        }
        return other;
    }

    @Test
    void aTimeFarFromTheFirstOfItsPageIsKept() {
        Deduplication window = new Deduplication(Deduplication.MOST_SPAN_MS, 100);
        long nowMs = YEAR_MS;
        for (int day = 0; day < 200; day++) {
            assertThat(add(new KeyDigest(1, day), window, nowMs)).isTrue();
            assertThat(add(new KeyDigest(1, day), window, nowMs)).isFalse();
            if (day > 6) {
                assertThat(add(new KeyDigest(1, day - 6), window, nowMs)).isFalse();
            }
            nowMs += 86_400_000;
        }
        ids = restored(new SplittableRandom(1));
        assertThat(add(new KeyDigest(1, 199), window, nowMs)).isFalse();
        assertThat(add(new KeyDigest(1, 192), window, nowMs)).isTrue();
    }

    @Test
    void whatAnEarlierVersionSavedIsKnownWithoutItsOffset() {
        HeadWriter old = new HeadWriter(64);
        old.number(7).number(3).number(2).number(1_000);
        old.fixed(1).fixed(2).number(5);
        old.fixed(3).fixed(4).number(9);
        ids.restore(IdPage.decode(CellKind.ID_PAGE, new HeadReader(old.toBuffer())));
        ids.restored();
        Deduplication window = new Deduplication(500, 10);
        offset = 40;

        assertThat(add(new KeyDigest(1, 2), window, 1_100)).isFalse();
        assertThat(add(new KeyDigest(5, 6), window, 1_100)).isTrue();
        ids = restored(new SplittableRandom(1));
        assertThat(add(new KeyDigest(3, 4), window, 1_505)).isFalse();
        assertThat(ids.contains(new KeyDigest(1, 2))).isFalse();
        assertThat(ids.offset(new KeyDigest(3, 4))).isEqualTo(-1);
        assertThat(ids.offset(new KeyDigest(5, 6))).isEqualTo(offset);
    }

    @Test
    void anIdTakesAtMost40Bytes() {
        Deduplication window = new Deduplication(1_000, Deduplication.MOST_COUNT);
        SplittableRandom random = new SplittableRandom(1);
        long before = MemoryUse.heapBytes();
        for (int i = 0; i < 1_500_000; i++) {
            add(new KeyDigest(random.nextLong(), random.nextLong()), window, 5);
        }
        long perId = (MemoryUse.heapBytes() - before) / window.count();
        System.out.printf("heap: %d B an id%n", perId);
        assertThat(perId).isBetween(28L, 40L);
        assertThat(ids.contains(new KeyDigest(0, 0))).isFalse();
    }
}
