package io.polylog.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `polylog sub`.
@Command(
        name = "sub",
        description = "Take messages from a queue, or listen to a topic or a subject.",
        mixinStandardHelpOptions = true)
final class SubCommand implements Callable<Integer> {
    private static final int STEP = 100;

    @Mixin private final Api api = new Api();

    @Parameters(index = "0", paramLabel = "NAME", description = "The queue.")
    private String name = "";

    @ArgGroup(exclusive = true)
    private @Nullable Kind kind;

    @Option(names = "--count", description = "End after so many messages.")
    private long most = Long.MAX_VALUE;

    @Option(names = "--drain", description = "End when a queue has nothing more to give.")
    private boolean drain;

    @Option(
            names = {"-o", "--output"},
            description = "text (the bodies alone) or json: ${DEFAULT-VALUE}")
    private String output = "text";

    private long seen;

    /// What NAME is, where it is no queue.
    static final class Kind {
        @Option(names = "--subject", description = "NAME is a subject: * a word, > many.")
        private boolean isSubject;

        @Option(
                names = "--from",
                paramLabel = "WHERE",
                description =
                        "NAME is a topic, read from first, last, next, an offset or a time on.")
        private @Nullable String from;
    }

    @Override
    public Integer call() {
        if (kind == null) {
            fromQueue();
        } else if (kind.isSubject) {
            api.events("subjects/" + Api.part(name) + "/events", this::shown);
        } else {
            String from = kind.from == null ? "next" : kind.from;
            String path = "topics/" + Api.part(name) + "/events?from=" + Api.part(from);
            api.events(path, this::shown);
        }
        return 0;
    }

    /// A message is settled when it was printed: who is killed before gets it again.
    private void fromQueue() {
        boolean wants = true;
        while (wants) {
            long max = Math.min(STEP, most - seen);
            String order = "{\"max\":%d,\"waitMs\":%d}".formatted(max, drain ? 0 : 20_000);
            JsonNode messages =
                    api.post("queues/" + Api.part(name) + "/pull", order.getBytes(UTF_8), Map.of())
                            .path("messages");
            for (JsonNode message : messages) {
                wants = shown(message);
                String lease = message.path("lease").asString();
                api.post("leases/" + Api.part(lease) + "/accept", new byte[0], Map.of());
            }
            wants &= !(drain && messages.isEmpty());
        }
    }

    /// Prints one.
    ///
    /// @return whether more are wanted
    private boolean shown(JsonNode message) {
        if (output.equals("json")) {
            System.out.println(message);
        } else {
            JsonNode text = message.path("body");
            System.out.println(
                    text.isMissingNode()
                            ? message.path("bodyBase64").asString("")
                            : text.asString());
        }
        return ++seen < most;
    }
}
