package io.polylog.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What was said last of each message is what a map by offset says.
final class LastErrorsTest {
    private static final int STEPS = 5_000;
    private static final int OFFSETS = 200;
    private static final int SUBSCRIPTIONS = 3;
    private static final int REMEMBERED = 128 * 256;

    private static List<Cell> cells(LastErrors errors) {
        List<Cell> cells = new ArrayList<>();
        errors.cells(cells);
        return cells;
    }

    private static LastErrors restored(LastErrors saved) {
        LastErrors errors = new LastErrors(new Cells());
        for (Cell cell : cells(saved).reversed()) {
            HeadWriter out = new HeadWriter(64);
            cell.encode(out);
            errors.restore(ErrorPage.decode(new HeadReader(out.toBuffer())));
        }
        errors.restored();
        assertThat(dump(errors)).isEqualTo(dump(saved));
        return errors;
    }

    private static String dump(LastErrors errors) {
        StringBuilder out = new StringBuilder();
        errors.dump(out);
        return out.toString();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theyAgreeWithAMapByOffset(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        LastErrors errors = new LastErrors(new Cells());
        List<Map<Long, String>> maps = new ArrayList<>();
        for (int i = 0; i < SUBSCRIPTIONS; i++) {
            maps.add(new HashMap<>());
        }
        for (int step = 0; step < STEPS; step++) {
            int subscription = random.nextInt(SUBSCRIPTIONS);
            Map<Long, String> map = maps.get(subscription);
            long first = random.nextInt(OFFSETS);
            long end = first + 1 + random.nextInt(1 + random.nextInt(40));
            if (random.nextInt(3) > 0) {
                String error = "error " + random.nextInt(20);
                errors.add(subscription, first, end, error);
                for (long offset = first; offset < end; offset++) {
                    map.put(offset, error);
                }
            } else if (random.nextInt(200) == 0) {
                errors = restored(errors);
            }
            check(errors, subscription, first, end, map);
        }
    }

    private static void check(
            LastErrors errors, long subscription, long from, long until, Map<Long, String> map) {
        List<String> given = new ArrayList<>();
        errors.each(
                subscription,
                from,
                until,
                (first, end, error) -> {
                    assertThat(first).isEqualTo(from + given.size()).isLessThan(end);
                    for (long offset = first; offset < end; offset++) {
                        given.add(error);
                    }
                });
        List<String> expected = new ArrayList<>();
        for (long offset = from; offset < until; offset++) {
            expected.add(map.getOrDefault(offset, ""));
        }
        assertThat(given).isEqualTo(expected);
    }

    private static String of(LastErrors errors, long subscription, long offset) {
        List<String> given = new ArrayList<>();
        errors.each(subscription, offset, offset + 1, (_, _, error) -> given.add(error));
        return given.getFirst();
    }

    @Test
    void theOldestAreForgottenForNewerOnes() {
        LastErrors errors = new LastErrors(new Cells());
        for (int offset = 0; offset < 2 * REMEMBERED; offset++) {
            errors.add(1, offset, offset + 1, "why");
        }
        assertThat(of(errors, 1, 0)).isEmpty();
        assertThat(of(errors, 1, REMEMBERED - 1)).isEmpty();
        assertThat(of(errors, 1, REMEMBERED)).isEqualTo("why");
        assertThat(of(errors, 1, 2 * REMEMBERED - 1)).isEqualTo("why");
        assertThat(cells(errors)).hasSize(128);
        assertThat(of(restored(errors), 1, REMEMBERED)).isEqualTo("why");
    }

    @Test
    void longErrorsFillPagesSooner() {
        LastErrors errors = new LastErrors(new Cells());
        for (int offset = 0; offset < REMEMBERED; offset++) {
            errors.add(1, offset, offset + 1, "%0250d".formatted(offset));
        }
        int bytes = 0;
        for (Cell cell : cells(errors)) {
            HeadWriter out = new HeadWriter(64);
            cell.encode(out);
            assertThat(out.length()).isLessThan(16 * 1024);
            bytes += out.length();
        }
        assertThat(bytes).isLessThan(2 << 20);
    }
}
