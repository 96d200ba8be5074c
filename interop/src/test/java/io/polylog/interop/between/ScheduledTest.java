package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import io.polylog.interop.between.Family.Kind;
import io.polylog.interop.http.Web;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a schedule publishes, clients of all protocols get (docs/schedules.md).
class ScheduledTest {
    private static final String SUBJECT = "shop.ticks";
    private static final String TIME = "x-schedule-time";

    @TempDir private Path folder;

    @Test
    void everybody_gets_what_a_schedule_publishes() throws Exception {
        try (RunningBroker broker =
                        RunningBroker.on(folder.resolve("data"), "listen.ports.http=auto");
                Web web = new Web(broker);
                Kafka kafka = new Kafka(broker)) {
            kafka.topic(SUBJECT, 1);
            Map<Kind, Family> receivers = new EnumMap<>(Kind.class);
            for (Kind to : Kind.values()) {
                receivers.put(to, to.on(broker));
                receivers.get(to).listen(SUBJECT);
            }
            String json =
                    "{\"cron\":\"@every 1s\",\"target\":{\"subject\":\""
                            + SUBJECT
                            + "\"},\"message\":{\"body\":\"grüße\",\"type\":\"Tick\",\"headers\":"
                            + "{\"shop\":\"eu\"}}}";
            web.ask("PUT", "/schedules/all", BodyPublishers.ofString(json)).with(201);

            for (Map.Entry<Kind, Family> each : receivers.entrySet()) {
                assertComes(each.getKey(), each.getValue());
                each.getValue().close();
            }
        }
    }

    private static void assertComes(Kind to, Family receiver) throws Exception {
        Letter first = receiver.next();
        assertThat(first.body()).as("%s", to).asString(UTF_8).isEqualTo("grüße");
        assertThat(first.field(Letter.TYPE)).as("%s", to).isEqualTo("Tick");
        assertThat(first.headers())
                .as("%s", to)
                .containsEntry("shop", "eu")
                .containsEntry("x-schedule", "all")
                .containsKey(TIME);
        assertThat(receiver.next().headers().get(TIME)).isGreaterThan(first.headers().get(TIME));
    }
}
