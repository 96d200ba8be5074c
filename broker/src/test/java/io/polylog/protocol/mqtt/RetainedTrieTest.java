package io.polylog.protocol.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetainedTrieTest {
    private static final String[] LEVELS = {"a", "b", "", "$SYS"};
    private static final String[] WANTED = {"a", "b", "", "$SYS", "+", "+", "#"};

    private static String topic(Random random, String[] levels) {
        List<String> all = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            all.add(levels[random.nextInt(levels.length)]);
        }
        return String.join("/", all);
    }

    private static List<Long> found(RetainedTrie trie, String filter) {
        List<Long> found = new ArrayList<>();
        trie.match(filter, found::add);
        return found;
    }

    @Test
    void a_filter_finds_the_topics_that_it_fits_and_no_others() {
        long seed = 11;
        Random random = new Random(seed);
        RetainedTrie trie = new RetainedTrie();
        Map<String, Long> model = new HashMap<>();
        for (int i = 0; i < 5_000; i++) {
            String topic = topic(random, LEVELS);
            if (random.nextInt(3) == 0) {
                trie.remove(topic);
                model.remove(topic);
            } else {
                trie.put(topic, i);
                model.put(topic, (long) i);
            }
            String filter = topic(random, WANTED);
            if (TopicNames.isFilter(filter)) {
                List<Long> fitting =
                        model.entrySet().stream()
                                .filter(e -> TopicNames.matches(filter, e.getKey()))
                                .map(Map.Entry::getValue)
                                .toList();
                assertThat(found(trie, filter))
                        .as("%s, seed %d", filter, seed)
                        .containsExactlyInAnyOrderElementsOf(fitting);
            }
        }
    }
}
