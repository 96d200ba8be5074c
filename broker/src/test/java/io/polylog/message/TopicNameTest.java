package io.polylog.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TopicNameTest {
    @Test
    void a_name_alone_is_in_the_default_namespace_and_printed_without_it() {
        assertThat(TopicName.of("orders"))
                .isEqualTo(new TopicName(TopicName.DEFAULT_NAMESPACE, "orders"))
                .hasToString("orders");
    }

    @Test
    void a_name_elsewhere_is_printed_with_its_namespace() {
        assertThat(new TopicName("shop", "orders")).hasToString("shop:orders");
    }

    @Test
    void an_empty_name_is_refused() {
        assertThatThrownBy(() -> TopicName.of("")).hasMessageContaining("empty");
    }
}
