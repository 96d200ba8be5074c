package io.polylog.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// An outline against the records themselves, over random lives.
class OutlineTest {
    private static final int SEEDS = 60;
    private static final int STEPS = 4_000;

    private record Kept(long offset, int span, int bytes, long timeMs, long ownTimeMs) {}

    static LongStream seeds() {
        Long one = Long.getLong("polylog.seed");
        return one == null ? LongStream.range(0, SEEDS) : LongStream.of(one);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void it_tells_the_same_as_the_records_but_for_what_lies_in_one_stretch(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Outline outline = new Outline(7);
        List<Kept> records = new ArrayList<>();
        long end = 0;
        long timeMs = 1_000_000;
        int mostBytes = 1 << random.nextInt(4, 20);
        int mostMs = 1 << random.nextInt(1, 16);
        for (int step = 0; step < STEPS; step++) {
            timeMs += random.nextInt(mostMs);
            int span = 1 + random.nextInt(3);
            int bytes = random.nextInt(mostBytes);
            Kept record = new Kept(end, span, bytes, timeMs, timeMs - random.nextInt(5_000));
            outline.add(end, bytes, timeMs, record.ownTimeMs);
            records.add(record);
            end += span;
            if (random.nextInt(300) == 0) {
                outline = cut(outline, records, end, random);
            }
            if (random.nextInt(100) == 0) {
                outline = again(outline);
                check(outline, records, end, random);
            }
        }
    }

    /// Retention: trims where the outline says.
    private static Outline cut(
            Outline outline, List<Kept> records, long end, SplittableRandom random) {
        long since = records.get(random.nextInt(records.size())).timeMs;
        long start =
                random.nextBoolean()
                        ? outline.startSince(since, end)
                        : outline.startWithin(random.nextLong(1 + outline.bytes()), end);
        outline.trim(start, end);
        records.removeIf(record -> record.offset < start);
        return outline;
    }

    private static Outline again(Outline outline) {
        HeadWriter out = new HeadWriter(64);
        outline.encode(out);
        assertThat(out.length()).as("a cell").isLessThan(60 * 1024);
        Outline back = Outline.decode(new HeadReader(out.toBuffer()));
        assertThat(dump(back)).isEqualTo(dump(outline));
        return back;
    }

    private static String dump(Outline outline) {
        StringBuilder out = new StringBuilder();
        outline.dump(out);
        return out.toString();
    }

    private static void check(
            Outline outline, List<Kept> records, long end, SplittableRandom random) {
        long total = records.stream().mapToLong(Kept::bytes).sum();
        assertThat(outline.bytes()).isEqualTo(total);
        if (records.isEmpty()) {
            return;
        }
        long since = records.get(random.nextInt(records.size())).timeMs;
        long young = outline.startSince(since, end);
        assertThat(records)
                .as("nothing younger goes")
                .noneMatch(record -> record.offset < young && record.timeMs >= since);
        long keep = random.nextLong(total + 1);
        long from = outline.startWithin(keep, end);
        assertThat(bytesFrom(records, from))
                .as("at least so much stays")
                .isGreaterThanOrEqualTo(keep);
        checkTimes(outline, records, random);
    }

    private static long bytesFrom(List<Kept> records, long start) {
        return records.stream().filter(r -> r.offset >= start).mapToLong(Kept::bytes).sum();
    }

    private static void checkTimes(Outline outline, List<Kept> records, SplittableRandom random) {
        long newest = records.stream().mapToLong(Kept::ownTimeMs).max().orElseThrow();
        assertThat(at(records, outline.newest()).ownTimeMs).isEqualTo(newest);
        assertThat(outline.reaching(newest + 1)).isNull();
        long asked = records.get(random.nextInt(records.size())).ownTimeMs;
        Kept first = records.stream().filter(r -> r.ownTimeMs >= asked).findFirst().orElseThrow();
        Holdings.@Nullable Range range = outline.reaching(asked);
        assertThat(range).isNotNull();
        assertThat(range.first()).isLessThanOrEqualTo(first.offset);
        assertThat(range.end()).isGreaterThan(first.offset);
        assertThat(at(records, range.end() - 1).ownTimeMs).isGreaterThanOrEqualTo(asked);
    }

    private static Kept at(List<Kept> records, long offset) {
        return records.stream().filter(r -> r.offset == offset).findFirst().orElseThrow();
    }

    @Test
    void a_stretch_is_about_a_hundredth_of_the_whole() {
        Outline outline = new Outline(1);
        for (int i = 0; i < 200_000; i++) {
            outline.add(i, 1_000, 1_000 + i, 1_000 + i);
        }
        long kept = 200_000 - outline.startWithin(100_000_000, 200_000);
        assertThat(kept).isBetween(100_000L, 104_000L);
        long since = outline.startSince(151_000, 200_000);
        assertThat(since).isBetween(146_000L, 150_000L);
    }

    @Test
    void what_is_removed_does_not_count() {
        Outline outline = new Outline(1);
        for (int i = 0; i < 1_000; i++) {
            outline.add(i, 100, 1_000 + i, 1_000 + i);
        }
        outline.remove(0, 250, 1_000);
        outline.remove(900, 950, 1_000);
        assertThat(outline.bytes()).isBetween(69_900L, 70_100L);
        assertThat(outline.startWithin(60_000, 1_000)).isBetween(250L, 400L);
        outline.trim(500, 1_000);
        assertThat(outline.bytes()).isBetween(44_900L, 45_100L);
    }
}
