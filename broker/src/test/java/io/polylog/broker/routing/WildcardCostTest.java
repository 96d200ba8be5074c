package io.polylog.broker.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What it costs to find the few patterns that fit among very many.
final class WildcardCostTest {
    private static final int DEVICES = 25_000;
    private static final int SITES = 100;
    private static final int ROUNDS = 400_000;

    @Tag("slow")
    @Test
    void fourOfAHundredThousandPatternsAreFoundInAMicrosecond() {
        PatternTrie<Integer> trie = patterns();
        String[] subjects = subjects();
        LongAdder matches = new LongAdder();
        double bestNs = Double.MAX_VALUE;
        for (int attempt = 0; attempt < 8; attempt++) {
            matches.reset();
            long begun = System.nanoTime();
            for (int i = 0; i < ROUNDS; i++) {
                trie.match(subjects[i % subjects.length], _ -> matches.increment());
            }
            bestNs = Math.min(bestNs, (System.nanoTime() - begun) / (double) ROUNDS);
            assertThat(matches.sum()).isEqualTo(4L * ROUNDS);
        }
        System.out.printf("4 of %,d patterns found in %.0f ns%n", 4 * DEVICES, bestNs);
        // 0.6 microseconds on the machine it was written on; others, and busy ones, are given room.
        assertThat(bestNs).isLessThan(5_000);
    }

    /// Exactly, by what follows, by one wildcard in the place of a word, and what fits nothing.
    private static PatternTrie<Integer> patterns() {
        PatternTrie<Integer> trie = PatternTrie.empty();
        int number = 0;
        for (int device = 0; device < DEVICES; device++) {
            String stem = "site" + device % SITES + ".device" + device;
            trie = trie.with(stem + ".temperature", number++);
            trie = trie.with(stem + ".#", number++);
            trie = trie.with(stem + ".*", number++);
            trie = trie.with("other" + device + ".*.humidity", number++);
        }
        return trie.with("*.*.temperature", number);
    }

    private static String[] subjects() {
        Random random = new Random(1);
        String[] subjects = new String[4096];
        for (int i = 0; i < subjects.length; i++) {
            int device = random.nextInt(DEVICES);
            subjects[i] = "site" + device % SITES + ".device" + device + ".temperature";
        }
        return subjects;
    }
}
