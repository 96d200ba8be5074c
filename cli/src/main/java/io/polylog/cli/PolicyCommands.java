package io.polylog.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `polylog policy`.
@Command(
        name = "policy",
        description = "Says what holds for queues and exchanges by their names.",
        mixinStandardHelpOptions = true,
        subcommands = {
            PolicyCommands.ListAll.class,
            PolicyCommands.Set.class,
            PolicyCommands.Delete.class
        })
final class PolicyCommands {
    @Command(name = "list", description = "Show the policies, in the order in which they hold.")
    static final class ListAll implements Runnable {
        @Mixin private final Api api = new Api();

        @Option(
                names = {"-o", "--output"},
                description = "text or json: ${DEFAULT-VALUE}")
        private String output = "text";

        @Override
        public void run() {
            JsonNode all = api.get("policies", Map.of());
            if (output.equals("json")) {
                System.out.println(all);
                return;
            }
            for (JsonNode one : all) {
                StringBuilder line = new StringBuilder();
                one.propertyNames()
                        .forEach(name ->
                                line.append(name)
                                        .append('=')
                                        .append(one.path(name).asString())
                                        .append(' '));
                System.out.println(line.toString().strip());
            }
        }
    }

    @Command(name = "set", description = "Set a policy, in place of one of that name.")
    static final class Set implements Runnable {
        @Mixin private final Api api = new Api();

        @Parameters(paramLabel = "NAME", description = "The policy.")
        private String name = "";

        @Option(
                names = "--pattern",
                required = true,
                paramLabel = "REGEX",
                description = "Found in the names of the queues and exchanges it is about.")
        private String pattern = "";

        @Option(names = "--priority", description = "The highest that matches holds alone.")
        private int priority;

        @Option(names = "--message-ttl", paramLabel = "MS", description = "How long messages wait.")
        private @Nullable Long messageTtlMs;

        @Option(
                names = "--expires",
                paramLabel = "MS",
                description = "How long a queue stays that nobody uses.")
        private @Nullable Long expiresMs;

        @Option(names = "--max-length", paramLabel = "COUNT", description = "Most that wait.")
        private @Nullable Long maxLength;

        @Option(names = "--max-length-bytes", paramLabel = "BYTES", description = "Most bytes.")
        private @Nullable Long maxLengthBytes;

        @Option(
                names = "--overflow",
                description = "drop-oldest, refuse or refuse-to-dead-letters.")
        private @Nullable String overflow;

        @Option(
                names = "--dead-letter-exchange",
                paramLabel = "EXCHANGE",
                description = "Where dead letters go.")
        private @Nullable String deadLetterExchange;

        @Option(
                names = "--dead-letter-key",
                paramLabel = "KEY",
                description = "With this routing key.")
        private @Nullable String deadLetterKey;

        @Option(
                names = "--filter",
                paramLabel = "CONDITION",
                description = "Which messages queues want: in SQL, or in CEL behind 'cel:'.")
        private @Nullable String filter;

        @Option(
                names = "--transform",
                paramLabel = "JSON",
                description = "What is made of a message before it is delivered.")
        private @Nullable String transform;

        @Option(
                names = "--schema",
                paramLabel = "JSON",
                description = "The JSON Schema that bodies must fit.")
        private @Nullable String schema;

        @Option(
                names = "--alternate-exchange",
                paramLabel = "EXCHANGE",
                description = "Where exchanges send what nobody takes.")
        private @Nullable String alternateExchange;

        @Option(
                names = "--fair-share",
                paramLabel = "KEY",
                description = "Messages take turns by it: header:NAME, routing-key or key.")
        private @Nullable String fairShare;

        @Override
        public void run() {
            Map<String, Object> order = new LinkedHashMap<>();
            order.put("name", name);
            order.put("pattern", pattern);
            order.put("priority", priority);
            put(order, "messageTtlMs", messageTtlMs);
            put(order, "expiresMs", expiresMs);
            put(order, "maxLength", maxLength);
            put(order, "maxLengthBytes", maxLengthBytes);
            put(order, "overflow", overflow);
            put(order, "deadLetterExchange", deadLetterExchange);
            put(order, "deadLetterKey", deadLetterKey);
            put(order, "filter", filter);
            put(order, "transform", transform);
            put(order, "schema", schema);
            put(order, "alternateExchange", alternateExchange);
            put(order, "fairShare", fairShare);
            api.post("policies/set", order);
            System.out.println(name + " holds");
        }

        private static void put(Map<String, Object> order, String field, @Nullable Object said) {
            if (said != null) {
                order.put(field, said);
            }
        }
    }

    @Command(name = "delete", description = "Take a policy away.")
    static final class Delete implements Runnable {
        @Mixin private final Api api = new Api();

        @Parameters(paramLabel = "NAME", description = "The policy.")
        private String name = "";

        @Override
        public void run() {
            api.post("policies/delete", Map.of("name", name));
            System.out.println(name + " holds no more");
        }
    }
}
