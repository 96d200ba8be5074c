package io.polylog.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `polylog message`.
@Command(
        name = "message",
        description = "Looks at messages and moves them.",
        mixinStandardHelpOptions = true,
        subcommands = {MessageCommands.Peek.class, MessageCommands.Move.class})
final class MessageCommands {
    @Command(name = "peek", description = "Show messages and leave them as they are.")
    static final class Peek implements Runnable {
        @Mixin private final Api api = new Api();

        @Parameters(paramLabel = "NAME", description = "The queue or topic.")
        private String name = "";

        @Option(names = "--subscription", description = "What this subscription of it is owed.")
        private String subscription = "";

        @Option(names = "--partition", description = "This partition of a topic.")
        private int partition = -1;

        @Option(names = "--from", description = "The first offset.")
        private long from;

        @Option(names = "--limit", description = "Most messages: ${DEFAULT-VALUE}")
        private long limit = 10;

        @Option(
                names = {"-o", "--output"},
                description = "text or json: ${DEFAULT-VALUE}")
        private String output = "text";

        @Override
        public void run() {
            Map<String, String> query = new LinkedHashMap<>();
            query.put("name", name);
            query.put("subscription", subscription);
            query.put("partition", Integer.toString(partition));
            query.put("from", Long.toString(from));
            query.put("limit", Long.toString(limit));
            JsonNode page = api.get("queues/messages", query);
            if (output.equals("json")) {
                System.out.println(page);
                return;
            }
            page.path("messages").forEach(Peek::print);
            page.path("damage").forEach(each -> System.out.println(each.asString()));
            if (page.path("paused").asBoolean()) {
                System.out.println("(paused)");
            }
            if (page.path("next").asLong() < page.path("end").asLong()) {
                System.out.println("(more: --from " + page.path("next").asLong() + ")");
            }
        }

        private static void print(JsonNode message) {
            StringBuilder line = new StringBuilder();
            line.append(message.path("offset").asLong()).append(' ');
            line.append(message.path("time").asString()).append(' ');
            line.append(message.path("state").asString());
            long attempt = message.path("attempt").asLong();
            line.append(attempt > 0 ? " attempt " + attempt : "");
            line.append(error(message));
            message.path("deaths")
                    .forEach(death -> {
                        line.append(" [").append(death.path("reason").asString());
                        line.append(" in ").append(death.path("queue").asString());
                        line.append(" x").append(death.path("count").asLong());
                        line.append(error(death)).append(']');
                    });
            JsonNode replay = message.path("replay");
            if (!replay.isMissingNode()) {
                line.append(" [sent on x").append(replay.path("count").asLong());
                line.append(" by ").append(replay.path("by").asString()).append(']');
            }
            String body = message.path("body").asString("");
            line.append(' ')
                    .append(body.isEmpty() ? message.path("bodyBase64").asString("") : body);
            System.out.println(line);
        }
    }

    /// What was said last of why it was not dealt with.
    private static String error(JsonNode of) {
        String error = of.path("lastError").asString("");
        return error.isEmpty() ? "" : " (" + error + ")";
    }

    /// Where messages go.
    static final class To {
        @Option(names = "--to", paramLabel = "QUEUE", description = "The queue or topic.")
        private @Nullable String queue;

        @Option(names = "--to-exchange", paramLabel = "EXCHANGE", description = "The exchange.")
        private @Nullable String exchange;

        @Option(names = "--key", description = "The routing key, with --to-exchange.")
        private String key = "";

        @Option(names = "--rate", description = "Most messages a second; 0 for no limit.")
        private int perSecond;

        /// Nothing where no place is said.
        Map<String, Object> body() {
            if (queue != null) {
                return Map.of("to", Map.of("queue", queue));
            }
            return exchange == null
                    ? Map.of()
                    : Map.of("to", Map.of("exchange", exchange, "key", key));
        }

        int perSecond() {
            return perSecond;
        }
    }

    @Command(name = "move", description = "Move ready messages elsewhere.")
    static final class Move implements Callable<Integer> {
        @Mixin private final Api api = new Api();
        @Mixin private final Which which = new Which();
        @Mixin private final To to = new To();

        @Override
        public Integer call() {
            if (to.body().isEmpty()) {
                throw new Failed(Failed.USAGE, "where to? --to QUEUE or --to-exchange EXCHANGE");
            }
            return which.each(api, "send", to.body(), to.perSecond(), "moved");
        }
    }
}
