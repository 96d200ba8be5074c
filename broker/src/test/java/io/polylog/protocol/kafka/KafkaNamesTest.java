package io.polylog.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.Map;
import java.util.UUID;
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

    @ParameterizedTest
    @CsvSource({"orders, true", "$mqtt/retained, false"})
    void what_an_adapter_keeps_for_itself_is_not_seen(String name, boolean seen) {
        Retention newest = new Retention(-1, -1, false, true);
        TopicSpec spec =
                new TopicSpec(
                        TopicName.of(name), Form.MESSAGES, 1, newest, Lifetime.DURABLE, Map.of());
        Topic topic = new Topic(spec, new UUID(0, 1), List.of(), 0, 0);
        assertThat(KafkaNames.kafkaName(topic).isPresent()).isEqualTo(seen);
    }

    @Test
    void a_name_too_long_for_kafka_has_no_spelling() {
        assertThat(KafkaNames.escape("x".repeat(249))).hasSize(249);
        assertThat(KafkaNames.escape("x".repeat(250))).isEmpty();
        assertThat(KafkaNames.escape("/".repeat(63))).isEmpty();
    }
}
