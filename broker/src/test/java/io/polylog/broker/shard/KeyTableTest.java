package io.polylog.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.StageKeysCommand.RecordKey;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The key table keeps what a reader needs to find the newest value of every key, and no more.
class KeyTableTest {
    private final Cells cells = new Cells();
    private KeyTable table = new KeyTable(1);

    /// Every record that was appended and not dropped: what a reader would find.
    private final TreeMap<Long, List<RecordKey>> kept = new TreeMap<>();

    /// What everybody who read everything knows: key to offset.
    private final Map<String, Long> truth = new TreeMap<>();

    private long end;

    @Test
    void a_record_goes_when_a_newer_one_of_its_key_comes() {
        append(key("a"));
        append(key("b"));
        append(key("a"));

        assertThat(kept).containsOnlyKeys(1L, 2L);
        assertThat(table.newest("a".getBytes(StandardCharsets.UTF_8))).isEqualTo(2);
    }

    @Test
    void a_record_of_several_offsets_stays_while_one_of_them_is_the_newest() {
        append(key("a"), key("b"));
        append(key("a"));
        assertThat(kept).containsOnlyKeys(0L, 2L);
        append(key("b"));
        assertThat(kept).containsOnlyKeys(2L, 3L);
    }

    @Test
    void a_tombstone_stays_while_an_older_value_would_come_back_without_it() {
        append(key("a"), key("b"));
        append(tombstone("a"));
        assertThat(kept).containsOnlyKeys(0L, 2L);
        append(key("b"));
        assertThat(kept).containsOnlyKeys(3L);
    }

    @Test
    void a_tombstone_of_an_unknown_key_goes_at_once() {
        append(tombstone("a"));
        assertThat(kept).isEmpty();
    }

    @Test
    void a_record_without_a_key_is_kept() {
        append(new RecordKey(null, false));
        append(key("a"));
        append(key("a"));
        assertThat(kept).containsOnlyKeys(0L, 2L);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void replay_of_what_is_kept_gives_what_replay_of_everything_gave(long seed) {
        Random random = new Random(seed);
        for (int step = 0; step < 3000; step++) {
            List<RecordKey> keys = new ArrayList<>();
            for (int i = random.nextInt(4); i >= 0; i--) {
                String name = "k" + random.nextInt(12);
                keys.add(random.nextInt(3) == 0 ? tombstone(name) : key(name));
            }
            append(keys.toArray(RecordKey[]::new));

            assertThat(replay()).as("seed %d step %d", seed, step).isEqualTo(truth);
            if (step % 300 == 299) {
                String before = dump();
                restore();
                assertThat(dump()).as("seed %d step %d", seed, step).isEqualTo(before);
            }
        }
        // Twelve keys: at most one record for each, and the tombstones that guard them.
        assertThat(kept.size()).as("seed %d", seed).isLessThanOrEqualTo(24);
    }

    private Map<String, Long> replay() {
        Map<String, Long> found = new TreeMap<>();
        kept.forEach((offset, keys) -> learn(found, offset, keys));
        return found;
    }

    private static void learn(Map<String, Long> known, long offset, List<RecordKey> keys) {
        for (int i = 0; i < keys.size(); i++) {
            byte[] bytes = keys.get(i).bytes();
            if (bytes != null) {
                String name = new String(bytes, StandardCharsets.UTF_8);
                if (keys.get(i).tombstone()) {
                    known.remove(name);
                } else {
                    known.put(name, offset + i);
                }
            }
        }
    }

    private void append(RecordKey... keys) {
        List<RecordKey> list = List.of(keys);
        kept.put(end, list);
        learn(truth, end, list);
        table.append(
                end,
                keys.length,
                list,
                cells,
                (offset, span) -> assertThat(kept.remove(offset)).hasSize(span));
        end += keys.length;
    }

    private String dump() {
        StringBuilder out = new StringBuilder();
        table.dump(out);
        return out.toString();
    }

    private void restore() {
        List<Cell> saved = new ArrayList<>();
        table.cells(saved);
        KeyTable again = new KeyTable(1);
        for (Cell cell : saved) {
            HeadWriter out = new HeadWriter(64);
            cell.encode(out);
            HeadReader in = new HeadReader(out.toBuffer());
            if (cell.kind() == CellKind.KEY) {
                again.restore(KeyEntry.decode(in));
            } else {
                again.restore(KeyedRecord.decode(in));
            }
        }
        Map<Long, Integer> dropped = new LinkedHashMap<>();
        again.restored(0, end, dropped::put);
        dropped.forEach((from, span) -> assertThat(kept.subMap(from, from + span)).isEmpty());
        table = again;
    }

    private static RecordKey key(String name) {
        return new RecordKey(name.getBytes(StandardCharsets.UTF_8), false);
    }

    private static RecordKey tombstone(String name) {
        return new RecordKey(name.getBytes(StandardCharsets.UTF_8), true);
    }
}
