package io.polylog.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.GetResponse;
import io.polylog.interop.amqp.Rabbit;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Schedules on the command line (docs/schedules.md).
class ScheduleCommandsTest {
    @TempDir private Path folder;

    @Test
    void one_is_made_listed_paused_resumed_run_and_deleted() throws Exception {
        try (RunningBroker broker =
                        RunningBroker.on(folder.resolve("data"), "listen.ports.http=auto");
                Rabbit rabbit = Rabbit.on(broker)) {
            rabbit.queue("jobs");
            String[] put = {
                "schedule",
                "put",
                "nightly",
                "30 2 * * mon-fri",
                "--time-zone",
                "Europe/Berlin",
                "--queue",
                "jobs",
                "--catch-up",
                "one",
                "--key",
                "k",
                "--header",
                "shop=eu",
                "{\"job\":1}"
            };
            assertThat(done(broker, put)).startsWith("nightly comes next at 20");
            assertThat(done(broker, "schedule", "pause", "nightly"))
                    .isEqualTo("nightly is paused\n");
            assertThat(done(broker, "schedule", "run", "nightly"))
                    .isEqualTo("nightly is published\n");
            GetResponse got = Objects.requireNonNull(rabbit.channel.basicGet("jobs", true));
            assertThat(new String(got.getBody(), UTF_8)).isEqualTo("{\"job\":1}");
            assertThat(got.getProps().getHeaders().get("shop")).hasToString("eu");
            assertThat(done(broker, "schedule", "list"))
                    .containsPattern("paused +20\\S+Z +1 +0  nightly +queue jobs\n");
            assertThat(done(broker, "schedule", "resume", "nightly")).contains("comes next at 20");
            rabbit.channel.queueDelete("jobs");
            Project.Outcome run = broker.administer(Map.of(), "schedule", "run", "nightly");
            assertThat(run.exitCode()).isEqualTo(4);
            assertThat(run.err()).contains("no queue 'jobs' (make it with PUT");
            assertThat(done(broker, "schedule", "list"))
                    .containsPattern("20\\S+Z +20\\S+Z +2 +1  nightly +queue jobs\n")
                    .containsPattern("  20\\S+Z: no queue 'jobs'\n");
            assertThat(done(broker, "schedule", "list", "-o", "json"))
                    .startsWith("{\"name\":\"nightly\"");
            assertThat(done(broker, "schedule", "delete", "nightly"))
                    .isEqualTo("nightly is gone\n");
            assertThat(broker.administer(Map.of(), "schedule", "pause", "nightly").exitCode())
                    .isEqualTo(4);
        }
    }

    private static String done(RunningBroker broker, String... arguments) {
        Project.Outcome outcome = broker.administer(Map.of(), arguments);
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        return outcome.out();
    }
}
