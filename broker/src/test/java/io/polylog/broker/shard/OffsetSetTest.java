package io.polylog.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The set of offsets does what a sorted set does.
class OffsetSetTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void it_agrees_with_a_sorted_set(long seed) {
        Random random = new Random(seed);
        OffsetSet set = new OffsetSet();
        TreeSet<Long> model = new TreeSet<>();
        for (int step = 0; step < 4_000; step++) {
            long from = random.nextInt(6_000);
            long end = from + random.nextInt(200);
            switch (random.nextInt(6)) {
                case 0 -> assertThat(set.add(from)).isEqualTo(model.add(from));
                case 1 -> {
                    set.addAll(from, end);
                    for (long each = from; each < end; each++) {
                        model.add(each);
                    }
                }
                case 2 -> assertThat(set.remove(from)).isEqualTo(model.remove(from));
                case 3 -> {
                    int before = model.size();
                    model.subSet(from, end).clear();
                    assertThat(set.removeAll(from, end)).isEqualTo(before - model.size());
                }
                case 4 -> {
                    Long next = model.ceiling(from);
                    assertThat(set.next(from)).isEqualTo(next == null ? -1 : next);
                }
                default -> {
                    if (random.nextInt(50) == 0) {
                        model.headSet(from).clear();
                        set.removeAll(0, from);
                    }
                }
            }
            assertThat(set.size()).as("seed %d step %d", seed, step).isEqualTo(model.size());
            assertThat(set.first()).isEqualTo(model.isEmpty() ? -1 : model.first());
            if (!model.isEmpty()) {
                long run = set.endOfRun(model.first());
                assertThat(model).doesNotContain(run).contains(run - 1);
            }
        }
    }

    @Test
    void ten_million_in_a_row_take_little_more_than_their_bits() {
        OffsetSet set = new OffsetSet();
        set.addAll(5, 10_000_005);
        assertThat(set.size()).isEqualTo(10_000_000);
        assertThat(set.endOfRun(5)).isEqualTo(10_000_005);
    }
}
