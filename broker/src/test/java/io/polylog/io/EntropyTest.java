package io.polylog.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class EntropyTest {
    @Test
    void the_same_seed_gives_the_same_values() {
        assertThat(drawn(new SeededEntropy(7))).isEqualTo(drawn(new SeededEntropy(7)));
        assertThat(drawn(new SeededEntropy(7))).isNotEqualTo(drawn(new SeededEntropy(8)));
    }

    @Test
    void the_system_gives_other_values_each_time() {
        Entropy system = new SystemEntropy();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            seen.add(drawn(system));
        }
        assertThat(seen).hasSize(100);
    }

    @Test
    void below_gives_each_value_under_its_bound_and_no_other() {
        Entropy entropy = new SeededEntropy(1);
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            seen.add(entropy.below(5));
        }
        assertThat(seen).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
    }

    private static String drawn(Entropy entropy) {
        byte[] bytes = new byte[16];
        entropy.fill(bytes);
        return java.util.HexFormat.of().formatHex(bytes) + entropy.nextLong();
    }
}
