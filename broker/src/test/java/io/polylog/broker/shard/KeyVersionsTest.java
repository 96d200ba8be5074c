package io.polylog.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import io.polylog.io.MemoryUse;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyVersionsTest {
    private final Cells cells = new Cells();
    private KeyVersions versions = new KeyVersions(7);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatIsKnownIsWhatAMapOfThemHolds(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<KeyDigest, Long> map = new HashMap<>();
        int keys = 1 + random.nextInt(20_000);
        long start = 0;
        for (long offset = 0; offset < 40_000; offset++) {
            if (random.nextInt(20) == 0) {
                start = Math.min(offset, start + random.nextInt(30));
            }
            if (random.nextInt(2_000) == 0) {
                versions = restored();
            }
            KeyDigest key = key(random.nextInt(keys));
            long expected = map.getOrDefault(key, -1L);
            assertThat(versions.at(key, start))
                    .as("seed %d offset %d", seed, offset)
                    .isEqualTo(expected < start ? -1 : expected);
            assertThat(versions.hasRoom(key, start, cells)).isTrue();
            versions.put(key, offset, start, cells);
            map.put(key, offset);
        }
        long lowest = start;
        map.forEach((key, offset) ->
                assertThat(versions.at(key, lowest)).isEqualTo(offset < lowest ? -1 : offset));
    }

    /// A few share their high half.
    private static KeyDigest key(int number) {
        KeyDigest digest = KeyDigest.of("key " + number);
        return number % 100 == 0 ? new KeyDigest(5, digest.low()) : digest;
    }

    private KeyVersions restored() {
        KeyVersions other = new KeyVersions(7);
        for (Cell page : versions.cells()) {
            HeadWriter out = new HeadWriter(64);
            page.encode(out);
            assertThat(out.length()).isLessThan(64 * 1024);
            other.restore(KeyVersionPage.decode(new HeadReader(out.toBuffer())));
        }
        return other;
    }

    @Test
    void aMillionKeysTakeFortyBytesEachAndMoreAreRefusedUntilSomeGo() {
        SplittableRandom random = new SplittableRandom(1);
        long before = MemoryUse.heapBytes();
        for (int offset = 0; offset < KeyVersions.MOST_KEYS; offset++) {
            versions.put(random(random), offset, 0, cells);
        }
        long perKey = (MemoryUse.heapBytes() - before) / KeyVersions.MOST_KEYS;
        System.out.printf("heap: %d B a key%n", perKey);
        assertThat(perKey).isBetween(24L, 48L);

        KeyDigest next = random(random);
        assertThat(versions.hasRoom(next, 0, cells)).isFalse();
        assertThat(versions.hasRoom(next, KeyVersions.MOST_KEYS / 2, cells)).isTrue();
        KeyDigest known = new KeyDigest(1, 1);
        versions.put(known, KeyVersions.MOST_KEYS, KeyVersions.MOST_KEYS / 2, cells);
        assertThat(versions.hasRoom(known, 0, cells)).isTrue();
    }

    private static KeyDigest random(SplittableRandom random) {
        return new KeyDigest(random.nextLong(), random.nextLong());
    }
}
