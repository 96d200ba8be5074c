package io.polylog.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `polylog schedule`.
@Command(
        name = "schedule",
        description = "Has messages published by the calendar.",
        mixinStandardHelpOptions = true,
        subcommands = {
            ScheduleCommands.Names.class,
            ScheduleCommands.Put.class,
            ScheduleCommands.Pause.class,
            ScheduleCommands.Resume.class,
            ScheduleCommands.Run.class,
            ScheduleCommands.Delete.class
        })
final class ScheduleCommands {
    private static final String ROOT = "schedules";

    private static String path(String name) {
        return ROOT + "/" + Api.part(name);
    }

    @Command(name = "list", description = "List schedules, and when each comes next.")
    static final class Names implements Runnable {
        @Mixin private final Api api = new Api();

        @Option(
                names = {"-o", "--output"},
                description = "text or json: ${DEFAULT-VALUE}")
        private String output = "text";

        @Override
        public void run() {
            if (!output.equals("json")) {
                line("NEXT", "LAST", "FIRED", "REFUSED", "NAME", "TARGET");
            }
            Map<String, String> query = new LinkedHashMap<>();
            do {
                JsonNode page = api.read(ROOT, query);
                page.path("schedules").forEach(this::print);
                query.put("after", page.path("next").asString(""));
            } while (!query.get("after").isEmpty());
        }

        private void print(JsonNode schedule) {
            if (output.equals("json")) {
                System.out.println(schedule);
                return;
            }
            JsonNode target = schedule.path("target");
            String kind = target.propertyNames().iterator().next();
            line(
                    schedule.path("paused").asBoolean()
                            ? "paused"
                            : schedule.path("next").asString("-"),
                    schedule.path("last").asString("-"),
                    schedule.path("fired").asLong(),
                    schedule.path("refused").asLong(),
                    schedule.path("name").asString(),
                    kind + " " + target.path(kind).asString());
            if (schedule.has("lastError")) {
                System.out.printf(
                        "  %s: %s%n",
                        schedule.path("lastErrorAt").asString(),
                        schedule.path("lastError").asString());
            }
        }

        private static void line(Object... columns) {
            System.out.printf("%-24s  %-24s  %8s  %8s  %-24s  %s%n", columns);
        }
    }

    @Command(name = "put", description = "Make or change a schedule.")
    static final class Put implements Runnable {
        @Mixin private final Api api = new Api();

        @Parameters(index = "0", paramLabel = "NAME", description = "Its name.")
        private String name = "";

        @Parameters(
                index = "1",
                paramLabel = "CRON",
                description = "Five or six fields, @daily and its like, or '@every 90s'.")
        private String cron = "";

        @Parameters(
                index = "2",
                arity = "0..1",
                paramLabel = "BODY",
                description = "The message. Without one, what is read from the input.")
        private @Nullable String body;

        @ArgGroup(multiplicity = "1")
        private Target target = new Target();

        @Option(names = "--time-zone", description = "By which clock: ${DEFAULT-VALUE}")
        private String timeZone = "UTC";

        @Option(
                names = "--catch-up",
                description = "skip, one or all of the times that are missed: ${DEFAULT-VALUE}")
        private String catchUp = "skip";

        @Option(names = "--key", description = "The key of the message.")
        private @Nullable String key;

        @Option(names = "--type", description = "The content type: ${DEFAULT-VALUE}")
        private String type = "text/plain";

        @Option(names = "--header", paramLabel = "NAME=VALUE", description = "A header of its.")
        private Map<String, String> headers = new LinkedHashMap<>();

        @Option(names = "--paused", description = "It waits until it is resumed.")
        private boolean paused;

        /// Where to.
        static final class Target {
            @Option(names = "--queue", required = true, description = "The queue it goes to.")
            private @Nullable String queue;

            @Option(names = "--topic", required = true, description = "The topic it goes to.")
            private @Nullable String topic;

            @Option(names = "--subject", required = true, description = "The subject it is on.")
            private @Nullable String subject;

            private Map<String, String> shown() {
                Map<String, String> shown = new LinkedHashMap<>();
                put(shown, "queue", queue);
                put(shown, "topic", topic);
                put(shown, "subject", subject);
                return shown;
            }

            private static void put(
                    Map<String, String> shown, String kind, @Nullable String named) {
                if (named != null) {
                    shown.put(kind, named);
                }
            }
        }

        @Override
        public void run() {
            Map<String, Object> message = new LinkedHashMap<>();
            message.put("body", body == null ? input() : body);
            message.put("contentType", type);
            if (key != null) {
                message.put("key", key);
            }
            if (!headers.isEmpty()) {
                message.put("headers", headers);
            }
            Map<String, Object> schedule = new LinkedHashMap<>();
            schedule.put("cron", cron);
            schedule.put("timeZone", timeZone);
            schedule.put("target", target.shown());
            schedule.put("message", message);
            schedule.put("catchUp", catchUp);
            schedule.put("paused", paused);
            tell(api.put(path(name), schedule));
        }

        private static String input() {
            try {
                return new String(System.in.readAllBytes(), UTF_8);
            } catch (IOException broken) {
                throw new Failed(Failed.FAILED, "the input: " + broken.getMessage());
            }
        }
    }

    private static void tell(JsonNode schedule) {
        System.out.println(
                schedule.path("name").asString()
                        + (schedule.path("paused").asBoolean()
                                ? " is paused"
                                : " comes next at " + schedule.path("next").asString()));
    }

    /// One that is there.
    private static final class One {
        @Mixin private final Api api = new Api();

        @Parameters(paramLabel = "NAME", description = "The schedule.")
        private String name = "";

        JsonNode post(String what) {
            return api.post(path(name) + "/" + what, new byte[0], Map.of());
        }
    }

    @Command(name = "pause", description = "Stop a schedule.")
    static final class Pause implements Runnable {
        @Mixin private final One one = new One();

        @Override
        public void run() {
            tell(one.post("pause"));
        }
    }

    @Command(name = "resume", description = "Let a schedule go on from now.")
    static final class Resume implements Runnable {
        @Mixin private final One one = new One();

        @Override
        public void run() {
            tell(one.post("resume"));
        }
    }

    @Command(name = "run", description = "Publish now, beside the schedule's times.")
    static final class Run implements Runnable {
        @Mixin private final One one = new One();

        @Override
        public void run() {
            one.post("run");
            System.out.println(one.name + " is published");
        }
    }

    @Command(name = "delete", description = "Remove a schedule.")
    static final class Delete implements Runnable {
        @Mixin private final One one = new One();

        @Override
        public void run() {
            one.api.remove(path(one.name));
            System.out.println(one.name + " is gone");
        }
    }
}
