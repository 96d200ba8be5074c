package io.polylog.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `polylog dlq`.
@Command(
        name = "dlq",
        description = "Deals with dead letters.",
        mixinStandardHelpOptions = true,
        subcommands = {
            DlqCommands.Names.class,
            DlqCommands.Reasons.class,
            MessageCommands.Peek.class,
            DlqCommands.Replay.class,
            DlqCommands.Edit.class,
            DlqCommands.Discard.class
        })
final class DlqCommands {
    @Command(name = "list", description = "List the queues that dead letters go to.")
    static final class Names implements Runnable {
        @Mixin private final Api api = new Api();

        @Option(
                names = {"-o", "--output"},
                description = "text or json: ${DEFAULT-VALUE}")
        private String output = "text";

        @Override
        public void run() {
            JsonNode queues = api.get("queues/dead", Map.of());
            if (output.equals("json")) {
                System.out.println(queues);
                return;
            }
            System.out.printf("%10s  %-32s  %s%n", "MESSAGES", "QUEUE", "OF");
            for (JsonNode queue : queues) {
                System.out.printf(
                        "%10d  %-32s  %s%n",
                        queue.path("messages").asLong(),
                        queue.path("name").asString(),
                        queue.path("of")
                                .valueStream()
                                .map(JsonNode::asString)
                                .collect(Collectors.joining(" ")));
            }
        }
    }

    @Command(name = "reasons", description = "Count a queue's messages by why and where they died.")
    static final class Reasons implements Runnable {
        @Mixin private final Api api = new Api();

        @Parameters(paramLabel = "NAME", description = "The queue.")
        private String name = "";

        @Option(
                names = {"-o", "--output"},
                description = "text or json: ${DEFAULT-VALUE}")
        private String output = "text";

        @Override
        public void run() {
            JsonNode groups = api.get("queues/reasons", Map.of("name", name));
            if (output.equals("json")) {
                System.out.println(groups);
                return;
            }
            System.out.printf(
                    "%10s  %-10s  %-24s  %-24s  %s%n",
                    "COUNT", "REASON", "OLDEST", "NEWEST", "ORIGIN");
            for (JsonNode group : groups) {
                System.out.printf(
                        "%10d  %-10s  %-24s  %-24s  %s%n",
                        group.path("count").asLong(),
                        group.path("reason").asString("-"),
                        group.path("oldest").asString(),
                        group.path("newest").asString(),
                        group.path("origin").asString("-"));
            }
        }
    }

    @Command(
            name = "replay",
            description = "Send dead letters back to where they died, or elsewhere.")
    static final class Replay implements Callable<Integer> {
        @Mixin private final Api api = new Api();
        @Mixin private final Which which = new Which();
        @Mixin private final MessageCommands.To to = new MessageCommands.To();

        @Override
        public Integer call() {
            return which.each(api, "send", to.body(), to.perSecond(), "replayed");
        }
    }

    @Command(name = "discard", description = "Throw messages away.")
    static final class Discard implements Callable<Integer> {
        @Mixin private final Api api = new Api();
        @Mixin private final Which which = new Which();

        @Override
        public Integer call() {
            return which.each(api, "discard", Map.of(), 0, "discarded");
        }
    }

    @Command(
            name = "edit",
            description = "Replace a message by a changed one at the end of its queue.")
    static final class Edit implements Runnable {
        @Mixin private final Api api = new Api();

        @Parameters(paramLabel = "NAME", description = "The queue.")
        private String name = "";

        @Option(names = "--offset", required = true, description = "The message.")
        private long offset;

        @Option(names = "--body", description = "The new body, as text.")
        private @Nullable String body;

        @Option(names = "--header", paramLabel = "HEADER=VALUE", description = "A header to set.")
        private Map<String, String> headers = new LinkedHashMap<>();

        @Option(
                names = "--remove-header",
                paramLabel = "HEADER",
                description = "A header to remove.")
        private List<String> removed = new ArrayList<>();

        @Option(names = "--replay", description = "Then send it back to where it died.")
        private boolean replay;

        @Override
        public void run() {
            Map<String, Object> change = new LinkedHashMap<>();
            change.put("name", name);
            change.put("offset", offset);
            if (body != null) {
                change.put("body", body);
            }
            change.put("headers", headers);
            change.put("removeHeaders", removed);
            long place = api.post("queues/edit", change).path("offset").asLong();
            System.out.println("it is at offset " + place + " now");
            if (replay) {
                JsonNode tally =
                        api.post("queues/send", Map.of("name", name, "offsets", List.of(place)));
                if (tally.path("count").asLong() != 1) {
                    throw new Failed(Failed.PARTLY, "changed, but nowhere to go: it stays");
                }
                System.out.println("1 replayed");
            }
        }
    }
}
