package io.polylog.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/// The bounded table against a map.
class KeyOffsetsTest {
    private static byte[] key(int number) {
        return ("key " + number).getBytes(StandardCharsets.UTF_8);
    }

    @RepeatedTest(5)
    void it_agrees_with_a_map(RepetitionInfo repetition) {
        SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
        KeyOffsets offsets = new KeyOffsets();
        Map<Integer, Long> map = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            int number = random.nextInt(10_000);
            long offset = random.nextLong(1L << 40);
            assertThat(offsets.put(key(number), offset)).isTrue();
            map.put(number, offset);
        }
        for (int number = 0; number < 10_000; number++) {
            assertThat(offsets.newest(key(number))).isEqualTo(map.getOrDefault(number, -1L));
        }
    }

    @Test
    void it_takes_so_many_keys_and_no_more_but_goes_on_with_those() {
        KeyOffsets offsets = new KeyOffsets();
        int taken = 0;
        while (offsets.put(key(taken), taken)) {
            taken++;
        }
        assertThat(taken).isEqualTo(3 << 16);
        assertThat(offsets.newest(key(taken))).isEqualTo(-1);
        assertThat(offsets.put(key(5), 1_000_000)).isTrue();
        assertThat(offsets.newest(key(5))).isEqualTo(1_000_000);
    }
}
