package io.polylog.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.Project.Outcome;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The README's first command, with fewer orders.
@Tag("slow")
class DemoTest {
    @Test
    void the_demo_loses_and_invents_nothing() {
        String launcher = Project.root().resolve("polylog").toString();

        Outcome outcome = Project.run(Map.of(), List.of(launcher, "demo", "20000"));

        assertThat(outcome.exitCode()).as(outcome.out() + outcome.err()).isZero();
        assertThat(outcome.out())
                .contains("kill -9 of the broker", "another stock service answered")
                .contains("Nothing was lost and nothing was invented.");
    }
}
