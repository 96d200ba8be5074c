package io.polylog.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.common.errors.InvalidTopicException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaNamesTest {
    @ParameterizedTest
    @CsvSource({
        "orders, orders",
        "a.b-c_D9, a.b-c_D9",
        "eu/orders, eu_x2Forders",
        "a b, a_x20b",
        "größe, gr_xC3_xB6_xC3_x9Fe",
        "a_x2Fb, a_x5Fx2Fb",
        "a_x, a_x",
        "a_x2f, a_x2f",
        "., _x2E",
        ".., _x2E_x2E",
    })
    void every_name_has_one_spelling_that_leads_back_to_it(String name, String spelled) {
        assertThat(KafkaNames.escape(name)).isEqualTo(spelled);
        assertThat(KafkaNames.topicName(spelled).name()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", ".", "..", "a b", "_x41", "a_x5F", "ü"})
    void what_is_no_spelling_is_refused(String spelled) {
        assertThatThrownBy(() -> KafkaNames.topicName(spelled))
                .isInstanceOf(InvalidTopicException.class);
    }

    @Test
    void a_name_too_long_for_kafka_has_no_spelling() {
        assertThat(KafkaNames.escape("x".repeat(249))).hasSize(249);
        assertThat(KafkaNames.escape("x".repeat(250))).isEmpty();
        assertThat(KafkaNames.escape("/".repeat(63))).isEmpty();
    }
}
