package io.polylog.protocol.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicNamesTest {
    private static final String[] PIECES = {"a", "_", "x", "_x", "2B", "5F", "23", "/", ".", "é"};

    @Test
    void every_topic_has_one_subject_and_every_subject_one_topic() {
        long seed = 7;
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            String text = text(random);
            String topic = TopicNames.topic(text);
            assertThat(TopicNames.subject(topic)).as("seed %d", seed).isEqualTo(text);
            assertThat(topic).doesNotContain("+", "#");
            if (text.indexOf('+') < 0 && text.indexOf('#') < 0) {
                assertThat(TopicNames.topic(TopicNames.subject(text))).isEqualTo(text);
            }
        }
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i >= 0; i--) {
            int piece = random.nextInt(PIECES.length + 2);
            text.append(piece < PIECES.length ? PIECES[piece] : piece == 10 ? "+" : "#");
        }
        return text.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "a/b, a/b, true",
        "a/b, a/c, false",
        "a/b, a, false",
        "a, a/b, false",
        "+, a, true",
        "+, /a, false",
        "/+, /a, true",
        "+/+, /a, true",
        "+/b, a/b, true",
        "a/+, a/, true",
        "a/+, a, false",
        "a/+/c, a/b/c, true",
        "a/+/c, a/b/d, false",
        "#, a/b/c, true",
        "#, $SYS/a, false",
        "+/a, $SYS/a, false",
        "$SYS/#, $SYS/a, true",
        "a/#, a, true",
        "a/#, a/b/c, true",
        "a/#, ab, false",
        "a/+/#, a/b, true",
        "a/+/#, a, false",
    })
    void a_filter_fits_the_topics_that_it_should(String filter, String topic, boolean fits) {
        assertThat(TopicNames.matches(filter, topic)).isEqualTo(fits);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "/", "#", "+", "a/#", "+/+/#", "/+", "$SYS/#", "a b/c"})
    void a_sound_filter_is_one(String filter) {
        assertThat(TopicNames.isFilter(filter)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a#", "#/a", "a+", "+a/b", "a/#/b", "++", "##"})
    void an_unsound_filter_is_none(String filter) {
        assertThat(TopicNames.isFilter(filter)).isFalse();
    }

    @Test
    void a_filter_of_ten_thousand_levels_is_none() {
        assertThat(TopicNames.isFilter("+/".repeat(9_999) + "+")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"a/+/c, a.*.c", "#, #", "/#, .#", "a.b/+, a/b.*", "+, *", "a_x2B/b, a+.b"})
    void a_filter_is_a_pattern_of_subjects(String filter, String pattern) {
        assertThat(TopicNames.pattern(filter)).isEqualTo(pattern);
    }
}
