package io.polylog.broker.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Binding;
import io.polylog.broker.Filter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Bindings without a filter are written as they were before there was any, and read.
class BindCodecTest {
    private static Binding binding(Filter filter) {
        return new Binding("/", "x", false, "q", "a.*", Map.of("n", 7L), filter);
    }

    private static HeadWriter encoded(BindCommand command) {
        HeadWriter head = new HeadWriter(64);
        command.encode(head);
        return head;
    }

    private static byte[] bytes(HeadWriter head) {
        byte[] all = new byte[head.length()];
        head.toBuffer().get(all);
        return all;
    }

    @Test
    void one_without_a_filter_is_of_version_1() {
        HeadWriter old = new HeadWriter(64);
        old.octet(1).text("/").text("x").flag(false).text("q").text("a.*");
        FieldValues.encodeMap(old, Map.of("n", 7L));
        old.flag(true);
        BindCommand plain = new BindCommand(binding(Filter.NONE), true);
        assertThat(BindCommand.decode(old.toBuffer())).isEqualTo(plain);
        assertThat(bytes(encoded(plain))).isEqualTo(bytes(old));
    }

    @Test
    void one_with_a_filter_keeps_all_that_it_says() {
        Filter whole =
                new Filter("cel:true", Map.of("x-match", "any", "a", 1L), List.of("a.#", "b"));
        for (Filter filter :
                List.of(
                        Filter.sql("a = 1"),
                        Filter.NONE.transforming("{\"key\":\"body\"}"),
                        whole.transforming("{}"))) {
            for (boolean add : new boolean[] {true, false}) {
                BindCommand command = new BindCommand(binding(filter), add);
                HeadWriter head = encoded(command);
                assertThat(bytes(head)[0]).isEqualTo((byte) 2);
                assertThat(BindCommand.decode(head.toBuffer())).isEqualTo(command);
            }
        }
    }
}
