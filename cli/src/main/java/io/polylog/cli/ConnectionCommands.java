package io.polylog.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `polylog connection`.
@Command(
        name = "connection",
        description = "Looks at the clients' connections and closes them.",
        mixinStandardHelpOptions = true,
        subcommands = {
            ConnectionCommands.ListAll.class,
            ConnectionCommands.Show.class,
            ConnectionCommands.Close.class
        })
final class ConnectionCommands {
    private static final String CONNECTIONS = "connections";

    @Command(name = "list", description = "Show the open connections, the oldest first.")
    static final class ListAll implements Runnable {
        @Mixin private final Api api = new Api();

        @Option(
                names = {"-o", "--output"},
                description = "text or json: ${DEFAULT-VALUE}")
        private String output = "text";

        @Override
        public void run() {
            JsonNode all = api.get(CONNECTIONS, Map.of());
            if (output.equals("json")) {
                System.out.println(all);
                return;
            }
            String columns = "%8s  %-8s  %-22s  %-24s  %-12s  %-12s  %s%n";
            System.out.printf(
                    columns, "ID", "PROTOCOL", "ADDRESS", "SINCE", "USER", "NAMESPACE", "CLIENT");
            for (JsonNode one : all) {
                System.out.printf(
                        columns,
                        one.path("id").asLong(),
                        one.path("protocol").asString(),
                        one.path("address").asString() + ":" + one.path("port").asInt(),
                        one.path("since").asString(),
                        text(one, "user"),
                        text(one, "namespace"),
                        text(one, "client"));
            }
        }
    }

    /// A client says it, so it may be anything.
    private static String text(JsonNode of, String field) {
        String text = of.path(field).asString("");
        return text.isEmpty() ? "-" : text.replaceAll("\\p{Cntrl}", "?");
    }

    /// Has to do with one of them.
    abstract static class OfConnection implements Runnable {
        @Mixin final Api api = new Api();

        @Parameters(paramLabel = "ID", description = "The connection, as 'list' shows it.")
        private long id;

        String path() {
            return CONNECTIONS + "/" + id;
        }
    }

    @Command(name = "show", description = "Show one connection.")
    static final class Show extends OfConnection {
        @Option(
                names = {"-o", "--output"},
                description = "text or json: ${DEFAULT-VALUE}")
        private String output = "text";

        @Override
        public void run() {
            JsonNode one = api.get(path(), Map.of());
            if (output.equals("json")) {
                System.out.println(one);
                return;
            }
            one.propertyNames()
                    .forEach(name -> System.out.printf("%-10s %s%n", name, text(one, name)));
        }
    }

    @Command(name = "close", description = "Have the broker close a connection.")
    static final class Close extends OfConnection {
        @Option(names = "--reason", paramLabel = "TEXT", description = "What its client is told.")
        private @Nullable String reason;

        @Override
        public void run() {
            api.delete(path(), reason == null ? Map.of() : Map.of("reason", reason));
            System.out.println("it is told to close");
        }
    }
}
