package io.polylog.interop.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.GetResponse;
import io.polylog.interop.RunningBroker;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Schedules (docs/schedules.md), and what they publish as clients of other protocols get it.
class SchedulesTest extends HttpScene {
    private static Web.Reply put(String name, String json) throws Exception {
        return web.ask("PUT", "/schedules/" + name, BodyPublishers.ofString(json));
    }

    private static JsonNode get(String name) throws Exception {
        return web.ask("GET", "/schedules/" + name).with(200);
    }

    @Test
    void each_second_a_message_comes_with_the_time_that_it_is_for() throws Exception {
        web.ask("PUT", "/queues/ticks").with(201);
        Instant before = Instant.now();
        JsonNode made =
                put(
                                "tick",
                                "{\"cron\":\"* * * * * *\",\"target\":{\"queue\":\"ticks\"},"
                                        + "\"message\":{\"json\":{\"a\":1},\"headers\":{\"shop\":"
                                        + "\"eu\"}}}")
                        .with(201);
        assertThat(made.get("catchUp").asString()).isEqualTo("skip");
        assertThat(made.get("timeZone").asString()).isEqualTo("UTC");
        Instant next = Instant.parse(made.get("next").asString());
        assertThat(next).isBetween(before, before.plusSeconds(2));
        rabbit.awaitReady("ticks", 2);
        web.ask("DELETE", "/schedules/tick").with(200);

        for (int i = 0; i < 2; i++) {
            GetResponse got = take("ticks");
            assertThat(new String(got.getBody(), UTF_8)).isEqualTo("{\"a\":1}");
            assertThat(got.getProps().getContentType()).isEqualTo("application/json");
            var headers = got.getProps().getHeaders();
            assertThat(headers.get("shop")).hasToString("eu");
            assertThat(headers.get("x-schedule")).hasToString("tick");
            assertThat(headers.get("x-schedule-time")).hasToString(next.plusSeconds(i).toString());
        }
        web.ask("GET", "/schedules/tick").with(404);
        web.ask("DELETE", "/schedules/tick").with(404);
    }

    private static String schedule(String cron, String target, String more) {
        return "{\"cron\":\"%s\",\"target\":%s,\"message\":{\"body\":\"a\"}%s}"
                .formatted(cron, target, more);
    }

    private static String toQueue(String queue) {
        return "{\"queue\":\"" + queue + "\"}";
    }

    private static long fired(String name) throws Exception {
        return get(name).get("fired").asLong();
    }

    @Test
    void one_is_paused_resumed_run_and_changed() throws Exception {
        web.ask("PUT", "/queues/jobs").with(201);
        String daily = schedule("@daily", toQueue("jobs"), "");
        put("job", daily).with(201);
        JsonNode paused = web.ask("POST", "/schedules/job/pause").with(200);
        assertThat(paused.get("paused").asBoolean()).isTrue();
        assertThat(paused.has("next")).isFalse();
        assertThat(put("job", daily).with(200).get("paused").asBoolean()).isTrue();
        JsonNode run = web.ask("POST", "/schedules/job/run").with(200);
        assertThat(run.get("fired").asInt()).isEqualTo(1);
        assertThat(new String(take("jobs").getBody(), UTF_8)).isEqualTo("a");
        JsonNode resumed = web.ask("POST", "/schedules/job/resume").with(200);
        Instant midnight = Instant.now().truncatedTo(ChronoUnit.DAYS).plus(1, ChronoUnit.DAYS);
        assertThat(resumed.get("next").asString()).isEqualTo(midnight.toString());
        web.ask("POST", "/schedules/job/run").with(200);
        assertThat(new String(take("jobs").getBody(), UTF_8)).isEqualTo("a");
        assertThat(get("job").get("next").asString()).isEqualTo(midnight.toString());

        String each = schedule("* * * * * *", toQueue("jobs"), ",\"catchUp\":\"one\"");
        assertThat(put("job", each).with(200).get("fired").asInt()).isEqualTo(2);
        rabbit.awaitReady("jobs", 1);
        assertThat(fired("job")).isGreaterThanOrEqualTo(3);
        assertThat(get("job").get("message").get("body").asString()).isEqualTo("a");
        web.ask("DELETE", "/schedules/job").with(200);
    }

    @Test
    void who_says_the_same_times_again_does_not_put_them_off() throws Exception {
        web.ask("PUT", "/topics/same").with(201);
        String hourly = schedule("@every 1h", "{\"topic\":\"same\"}", "");
        String next = put("hourly", hourly).with(201).get("next").asString();
        Awaitility.await()
                .until(() -> Instant.now().isAfter(Instant.parse(next).minusSeconds(3599)));
        assertThat(put("hourly", hourly).with(200).get("next").asString()).isEqualTo(next);
        web.ask("POST", "/schedules/hourly/run").with(200);
        assertThat(get("hourly").get("next").asString()).isEqualTo(next);
        assertThat(web.ask("GET", "/topics/same").with(200).get("messages").asInt()).isEqualTo(1);
    }

    @Test
    void what_is_refused_is_counted_and_told_and_it_goes_on() throws Exception {
        web.ask("PUT", "/queues/gone").with(201);
        rabbit.channel.queueDeclare(
                "narrow",
                true,
                false,
                false,
                Map.of("x-max-length", 1, "x-overflow", "reject-publish"));
        put("to-gone", schedule("* * * * * *", toQueue("gone"), "")).with(201);
        put("to-narrow", schedule("* * * * * *", toQueue("narrow"), "")).with(201);
        put("to-nobody", schedule("* * * * * *", "{\"subject\":\"nobody.here\"}", "")).with(201);
        web.ask("DELETE", "/queues/gone").with(200);

        awaitRefused("to-gone", "no queue 'gone'");
        awaitRefused("to-narrow", "a queue is full");
        awaitRefused("to-nobody", "nobody keeps or hears");
        assertThat(web.ask("POST", "/schedules/to-gone/run").with(404).toString())
                .contains("no queue 'gone'");
        web.ask("POST", "/schedules/to-nobody/run").with(404);
        assertThat(web.ask("POST", "/schedules/to-narrow/run").with(503).get("code").asString())
                .isEqualTo("FULL");
        web.ask("PUT", "/queues/gone").with(201);
        rabbit.awaitReady("gone", 1);
        for (String name : List.of("to-gone", "to-narrow", "to-nobody")) {
            web.ask("DELETE", "/schedules/" + name).with(200);
        }
    }

    private static void awaitRefused(String name, String why) {
        Awaitility.await()
                .untilAsserted(() -> {
                    JsonNode shown = get(name);
                    assertThat(shown.get("refused").asInt()).isGreaterThanOrEqualTo(2);
                    assertThat(shown.get("lastError").asString()).contains(why);
                    assertThat(Instant.parse(shown.get("lastErrorAt").asString()))
                            .isBefore(Instant.now().plusSeconds(1));
                });
    }

    @Test
    void what_does_not_fit_a_schema_is_refused_and_told() throws Exception {
        Map<String, Object> schema = Map.of("x-polylog-schema", "{\"type\":\"object\"}");
        rabbit.channel.queueDeclare("strict", true, false, false, schema);
        put("to-strict", schedule("@daily", toQueue("strict"), "")).with(201);
        assertThat(web.ask("POST", "/schedules/to-strict/run").with(422).toString())
                .contains("does not fit");
        assertThat(get("to-strict").get("lastError").asString()).contains("does not fit");
        assertThat(rabbit.channel.messageCount("strict")).isZero();
    }

    @Test
    void all_are_listed_by_name_and_by_namespace() throws Exception {
        web.ask("PUT", "/queues/listed").with(201);
        for (String name : List.of("list.b", "list.a", "list-c")) {
            put(name, schedule("@daily", toQueue("listed"), "")).with(201);
        }
        JsonNode all = web.ask("GET", "/schedules").with(200).get("schedules");
        assertThat(all.valueStream().map(each -> each.get("name").asString()))
                .contains("list-c", "list.a", "list.b")
                .isSorted();
        assertThat(all.get(0).has("message")).isFalse();
        assertThat(web.ask("GET", "/schedules?namespace=other").with(200).get("schedules"))
                .isEmpty();
        JsonNode behind = web.ask("GET", "/schedules?after=list.a").with(200).get("schedules");
        assertThat(behind.at("/0/name").asString()).isEqualTo("list.b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | target: has one of queue, topic and subject, not 0",
                "{\"target\":{\"queue\":\"a\",\"topic\":\"b\"}} | target: has one of queue, topic"
                        + " and subject, not 2",
                "{\"target\":{\"queue\":\"a\"},\"message\":{\"body\":\"\"}} | cron: is missing",
                "{\"cron\":\"@daily\",\"target\":{\"queue\":\"a\"}} | message: is missing",
                "{\"cron\":\"@daily\",\"target\":{\"queue\":\"a\"},\"message\":{}} | message: a"
                        + " message has one of body",
                "{\"cron\":\"@daily\",\"target\":{\"queue\":\"a\"},\"message\":{\"body\":\"\","
                        + "\"messageId\":\"m\"}} | message.messageId: each time",
                "{\"cron\":\"@daily\",\"target\":{\"queue\":\"\"},\"message\":{\"body\":\"\"}}"
                        + " | target.queue: a name has 1 to 255",
                "{\"crom\":\"@daily\"} | crom: nothing has that name",
                "{\"name\":\"other\"} | name: the path says 'bad', not 'other'",
                "[] | this is no object"
            })
    void a_schedule_that_makes_no_sense_is_told_where(String json, String where) throws Exception {
        assertThat(put("bad", json).with(400).get("message").asString()).contains(where);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "61 * * * * | the minute '61' is not within 0 to 59",
                "* * * * mon-xyz | the day of the week 'mon-xyz' is not within 0 to 6",
                "0 0 31 2 * | '0 0 31 2 *' never comes",
                "@every 10ms | '10ms' is no time of 1s or more",
                "@now | '@now' is none of",
                "* | five fields are wanted"
            })
    void a_cron_that_makes_no_sense_is_told_why(String cron, String why) throws Exception {
        assertThat(put("bad", schedule(cron, toQueue("a"), "")).with(400).toString())
                .contains("cron: ", why);
    }

    @Test
    void what_else_makes_no_sense_is_told() throws Exception {
        String to = toQueue("nowhere");
        assertThat(put("bad", schedule("@daily", to, "")).with(404).toString())
                .contains("no queue 'nowhere'", "PUT /v1/queues/NAME");
        web.ask("PUT", "/topics/a-topic").with(201);
        assertThat(put("bad", schedule("@daily", toQueue("a-topic"), "")).with(404).toString())
                .contains("it is a topic");
        String zone = ",\"timeZone\":\"Moon/Base\"";
        assertThat(put("bad", schedule("@daily", to, zone)).with(400).toString())
                .contains("timeZone: there is no 'Moon/Base'");
        String catchUp = ",\"catchUp\":\"some\"";
        assertThat(put("bad", schedule("@daily", to, catchUp)).with(400).toString())
                .contains("catchUp: one of skip, one and all, not some");
        String good = schedule("@daily", to, "");
        assertThat(put("a%20b", good).with(400).toString()).contains("a schedule's name");
        assertThat(put("bad?namespace=other", good).with(404).toString())
                .contains("no namespace other");
        assertThat(put("bad?namespace=$internal", good).with(404).toString())
                .contains("no namespace");
        String large = schedule("@daily", to, ",\"name\":\"" + "n".repeat(256 << 10) + "\"");
        put("bad", large).with(413);
        for (String what : List.of("pause", "resume", "run")) {
            assertThat(web.ask("POST", "/schedules/bad/" + what).with(404).toString())
                    .contains("no schedule 'bad'", "PUT /v1/schedules/NAME");
        }
    }

    @Test
    void who_may_not_write_to_the_target_has_no_schedule() throws Exception {
        Path data = folder.resolve("guarded");
        try (RunningBroker guarded =
                        RunningBroker.on(
                                data,
                                RunningBroker.ANN,
                                "listen.ports.http=auto",
                                "listen.ports.kafka=0",
                                "auth.permissions.ann=configure=.* write=^own read=.*");
                Web own = new Web(guarded)) {
            for (String queue : List.of("own", "other")) {
                asAnn(own, "/queues/" + queue, "").with(201);
            }
            asAnn(own, "/schedules/a", schedule("@every 1s", toQueue("own"), "")).with(201);
            assertThat(asAnn(own, "/schedules/b", schedule("@daily", toQueue("other"), "")))
                    .satisfies(refused ->
                            assertThat(refused.with(403).toString())
                                    .contains("no permission to publish to 'other'"));
            own.ask("GET", "/schedules").with(401);
        }
        try (RunningBroker later =
                        RunningBroker.on(
                                data,
                                "listen.ports.http=auto",
                                "auth.permissions.ann=configure=.* write=^none read=.*",
                                "auth.permissions.*=configure=.* write=.* read=.*");
                Web all = new Web(later)) {
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(all.ask("GET", "/schedules/a").with(200).toString())
                                    .contains(
                                            "no permission to publish to 'own'",
                                            "\"owner\":\"ann\""));
        }
    }

    private static Web.Reply asAnn(Web on, String path, String body) throws Exception {
        String ann = "Basic " + Base64.getEncoder().encodeToString("ann:guest".getBytes(UTF_8));
        return on.ask("PUT", path, BodyPublishers.ofString(body), "Authorization", ann);
    }

    @Test
    void a_namespace_has_so_many_and_no_more() throws Exception {
        try (RunningBroker full =
                        RunningBroker.on(
                                folder.resolve("full"),
                                "listen.ports.http=auto",
                                "limits.schedules=2");
                Web many = new Web(full)) {
            many.ask("PUT", "/queues/jobs").with(201);
            String json = schedule("@daily", toQueue("jobs"), "");
            for (String name : List.of("a", "b")) {
                many.ask("PUT", "/schedules/" + name, BodyPublishers.ofString(json)).with(201);
            }
            JsonNode refused =
                    many.ask("PUT", "/schedules/c", BodyPublishers.ofString(json)).with(503);
            assertThat(refused.get("message").asString())
                    .isEqualTo("a namespace has at most 2 schedules");
            many.ask("PUT", "/schedules/a", BodyPublishers.ofString(json)).with(200);
            many.ask("DELETE", "/schedules/a").with(200);
            many.ask("PUT", "/schedules/c", BodyPublishers.ofString(json)).with(201);
        }
    }
}
