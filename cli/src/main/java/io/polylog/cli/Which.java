package io.polylog.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// The options that say which messages of a queue are meant, and the loop that has them all dealt
/// with, so many at a time.
final class Which {
    /// Messages of one request: each is answered within seconds.
    private static final long SLICE = 1_000;

    @Parameters(paramLabel = "NAME", description = "The queue.")
    private String name = "";

    @Option(
            names = "--offset",
            split = ",",
            paramLabel = "OFFSET",
            description = "These messages only.")
    private List<Long> offsets = new ArrayList<>();

    @Option(
            names = "--reason",
            description =
                    "Those that were rejected, expired, overflowed"
                            + " (too many waited) or exhausted (came back too often).")
    private @Nullable String reason;

    @Option(names = "--origin", description = "Those that died last in this queue.")
    private @Nullable String origin;

    @Option(
            names = "--since",
            description = "Those that came at this time or later:" + " 2026-01-31T12:00:00Z")
    private @Nullable String since;

    @Option(names = "--until", description = "Those that came at this time or before.")
    private @Nullable String until;

    @Option(
            names = "--where",
            paramLabel = "HEADER=VALUE",
            description = "Those whose header has this value.")
    private Map<String, String> where = new LinkedHashMap<>();

    @Option(names = "--limit", description = "Most messages.")
    private long limit = Long.MAX_VALUE;

    @Option(names = "--dry-run", description = "Tell only what would be done.")
    private boolean dryRun;

    @Option(
            names = {"-o", "--output"},
            description = "text or json: ${DEFAULT-VALUE}")
    private String output = "text";

    String name() {
        return name;
    }

    boolean isJson() {
        return output.equals("json");
    }

    private Map<String, Object> body() {
        Map<String, Object> matching = new LinkedHashMap<>();
        put(matching, "reason", reason);
        put(matching, "origin", origin);
        put(matching, "since", since);
        put(matching, "until", until);
        matching.put("headers", where);
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("name", name);
        body.put("matching", matching);
        body.put("offsets", offsets);
        body.put("dryRun", dryRun);
        return body;
    }

    private static void put(Map<String, Object> into, String name, @Nullable String value) {
        if (value != null) {
            into.put(name, value);
        }
    }

    /// Has all of them dealt with.
    ///
    /// @param more what else the request says
    /// @param perSecond most in a second, 0 for no limit
    /// @param done what has been done to them then, as a word
    /// @return the exit code
    int each(Api api, String what, Map<String, ?> more, int perSecond, String done) {
        long slice = perSecond > 0 ? Math.clamp(perSecond * 5L, 1, SLICE) : SLICE;
        Sum sum = new Sum();
        // What comes meanwhile, perhaps from here, is not meant.
        long end =
                api.get("queues/messages", Map.of("name", name, "limit", "1")).path("end").asLong();
        boolean all = false;
        while (!all) {
            Map<String, Object> body = body();
            body.putAll(more);
            body.put("from", sum.next);
            body.put("limit", Math.min(slice, limit - sum.count));
            if (perSecond > 0) {
                body.put("perSecond", perSecond);
            }
            JsonNode tally = api.post("queues/" + what, body);
            sum.add(tally);
            boolean less = tally.path("count").asLong() < slice;
            all = less || sum.count >= limit || sum.next >= end;
        }
        if (isJson()) {
            System.out.println(Api.JSON.writeValueAsString(sum.shown()));
        } else {
            sum.print(dryRun ? "would be " + done : done);
        }
        return sum.left() > 0 ? Failed.PARTLY : 0;
    }

    /// What all requests did together.
    private static final class Sum {
        private long count;
        private long stranded;
        private long damaged;
        private long next;
        private final Map<String, Long> targets = new LinkedHashMap<>();

        void add(JsonNode tally) {
            count += tally.path("count").asLong();
            stranded += tally.path("stranded").asLong();
            damaged += tally.path("damaged").asLong();
            next = tally.path("next").asLong();
            tally.path("targets")
                    .properties()
                    .forEach(each ->
                            targets.merge(each.getKey(), each.getValue().asLong(), Long::sum));
        }

        long left() {
            return stranded + damaged;
        }

        Map<String, Object> shown() {
            Map<String, Object> shown = new LinkedHashMap<>();
            shown.put("count", count);
            shown.put("targets", targets);
            shown.put("stranded", stranded);
            shown.put("damaged", damaged);
            return shown;
        }

        void print(String done) {
            System.out.println(count + " " + done);
            targets.forEach((target, messages) -> {
                if (!target.isEmpty()) {
                    System.out.println("  " + messages + " to " + target);
                }
            });
            if (stranded > 0) {
                System.out.println(stranded + " stay: nowhere to go");
            }
            if (damaged > 0) {
                System.out.println(damaged + " stay: they cannot be read");
            }
        }
    }
}
