package io.polylog.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.command.OpenStreamCommand.Keeps;
import io.polylog.broker.machine.Cells;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who gets what of a stream that is ordered by key, against a plain account of it.
class KeyReadyTest {
    private static final int KEYS = 6;

    private final Cells cells = new Cells();
    private final Stream stream = new Stream(1, Keeps.UNTIL_SETTLED);
    private final Subscription own = new Subscription(1, LifecycleApply.OWN, 0);
    private final KeyReady ready = new KeyReady(stream, own, stream.attributes().keyHashes());
    private final Run run = new Run();

    /// What nobody has, by key; key 0 is none.
    private final List<TreeSet<Long>> free = new ArrayList<>();

    /// What somebody has.
    private final Map<Long, Integer> attempts = new HashMap<>();

    private final Map<Long, Object> holders = new HashMap<>();

    /// What failed and is hidden.
    private final Set<Long> hidden = new TreeSet<>();

    private void store(int key) {
        stream.order(stream.end, key, cells);
        stream.end++;
    }

    private void settle(long offset, int attempt) {
        assertThat(own.settled.settle(offset, offset + 1, attempt, cells)).isEqualTo(1);
        ready.settled(offset, offset + 1);
        stream.forgetBelow(own.settled.floor(), cells);
    }

    @Test
    void so_many_wait_for_a_key_and_then_nobody_looks_further_on() {
        Object first = new Object();
        Object second = new Object();
        store(1);
        assertThat(ready.take(first, 10, run)).isTrue();
        for (int i = 0; i < KeyReady.MOST_WAITING; i++) {
            store(1);
        }
        store(2);
        assertThat(ready.take(second, 1_000_000, run)).isTrue();
        long other = KeyReady.MOST_WAITING + 1;
        assertThat(run.first).isEqualTo(other);
        assertThat(ready.size()).isEqualTo(KeyReady.MOST_WAITING);

        store(1);
        store(3);
        assertThat(ready.take(second, 1_000_000, run)).isFalse();
        settle(0, 0);
        for (long offset = 1; offset < other; offset++) {
            assertThat(ready.take(second, 1, run)).isTrue();
            assertThat(run.first).isEqualTo(offset);
            settle(offset, 0);
        }
        assertThat(ready.take(second, 10, run)).isTrue();
        assertThat(run.first).isEqualTo(other + 1);
        assertThat(run.end).isEqualTo(other + 3);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void each_key_is_with_one_and_in_order(long seed) {
        Random random = new Random(seed);
        List<Object> guests = List.of("a", "b", "c", "d");
        for (int key = 0; key < KEYS; key++) {
            free.add(new TreeSet<>());
        }
        for (int step = 0; step < 20_000; step++) {
            switch (random.nextInt(10)) {
                case 0, 1 -> {
                    for (int left = random.nextInt(8); left > 0; left--) {
                        int key = random.nextInt(KEYS);
                        free.get(key).add(stream.end);
                        attempts.put(stream.end, 0);
                        store(key);
                    }
                }
                case 2, 3, 4 -> take(guests.get(random.nextInt(4)), 1 + random.nextInt(9));
                case 5, 6, 7 -> end(random, random.nextInt(4) > 0);
                case 8 -> hideOrShow(random);
                default -> takeOldest(random);
            }
            long waits = free.stream().mapToLong(TreeSet::size).sum();
            assertThat(ready.size()).as("seed %d step %d", seed, step).isEqualTo(waits);
        }
        assertThat(stream.end).isGreaterThan(2L * NumberPage.SIZE);
    }

    private int key(long offset) {
        return stream.attributes().keyHashes().at(offset);
    }

    private boolean mayHave(Object guest, int key) {
        boolean isHidden = hidden.stream().anyMatch(each -> key(each) == key);
        boolean isOthers =
                holders.entrySet().stream()
                        .anyMatch(e -> key(e.getKey()) == key && !e.getValue().equals(guest));
        return key == 0 || !(isHidden || isOthers);
    }

    /// Something that somebody has fails and is hidden, or something hidden comes back.
    private void hideOrShow(Random random) {
        boolean hides = hidden.size() < 3 && !holders.isEmpty();
        List<Long> all = new ArrayList<>(hides ? holders.keySet() : hidden);
        if (all.isEmpty()) {
            return;
        }
        long offset = all.get(random.nextInt(all.size()));
        if (hides) {
            holders.remove(offset);
            hidden.add(offset);
            int attempt = attempts.merge(offset, 1, Integer::sum);
            own.settled.raise(offset, offset + 1, attempt - 1, cells, (first, mask) -> {});
            own.settled.hide(offset, cells);
            ready.hid(offset);
        } else {
            hidden.remove(offset);
            free.get(key(offset)).add(offset);
            assertThat(own.settled.show(offset, cells)).isTrue();
            ready.show(offset);
        }
    }

    @Test
    void what_failed_before_holds_back_its_key_in_a_new_ready_too() {
        for (int key : new int[] {1, 2, 1}) {
            store(key);
        }
        own.settled.raise(0, 1, 0, cells, (first, mask) -> {});
        own.settled.hide(0, cells);
        KeyReady later = new KeyReady(stream, own, stream.attributes().keyHashes());
        assertThat(later.take("a", 9, run)).isTrue();
        assertThat(run.first).isEqualTo(1);
        assertThat(later.take("a", 9, run)).isFalse();
        assertThat(own.settled.show(0, cells)).isTrue();
        later.show(0);
        assertThat(later.take("a", 1, run)).isTrue();
        assertThat(run.first).isZero();
        assertThat(later.take("b", 1, run)).as("behind it").isFalse();
        assertThat(later.take("a", 1, run)).isTrue();
        assertThat(run.first).isEqualTo(2);
    }

    private void take(Object guest, int limit) {
        if (!ready.take(guest, limit, run)) {
            for (int key = 0; key < KEYS; key++) {
                assertThat(free.get(key).isEmpty() || !mayHave(guest, key)).isTrue();
            }
            return;
        }
        assertThat(run.end).isBetween(run.first + 1, run.first + limit);
        for (long offset = run.first; offset < run.end; offset++) {
            int key = key(offset);
            assertThat(mayHave(guest, key)).isTrue();
            if (key != 0) {
                assertThat(free.get(key).first()).isEqualTo(offset);
            }
            assertThat(free.get(key).remove(offset)).isTrue();
            holders.put(offset, guest);
        }
    }

    /// Something that somebody has is settled or comes back.
    private void end(Random random, boolean settled) {
        if (holders.isEmpty()) {
            return;
        }
        List<Long> held = new ArrayList<>(holders.keySet());
        long offset = held.get(random.nextInt(held.size()));
        holders.remove(offset);
        int attempt = attempts.get(offset);
        if (settled) {
            settle(offset, attempt);
        } else {
            free.get(key(offset)).add(offset);
            attempts.put(offset, attempt + 1);
            own.settled.raise(offset, offset + 1, attempt, cells, ready::giveBackWord);
        }
    }

    /// Whoever removes messages takes the oldest, whatever their keys.
    private void takeOldest(Random random) {
        long oldest =
                free.stream()
                        .filter(each -> !each.isEmpty())
                        .mapToLong(TreeSet::first)
                        .min()
                        .orElse(-1);
        assertThat(ready.first(run)).isEqualTo(oldest);
        if (!ready.takeOldest(1, run)) {
            assertThat(oldest).isEqualTo(-1);
            return;
        }
        assertThat(run.first).isEqualTo(oldest);
        if (random.nextBoolean()) {
            free.get(key(oldest)).remove(oldest);
            settle(oldest, attempts.get(oldest));
        } else {
            ready.giveBack(oldest, oldest + 1);
        }
    }
}
