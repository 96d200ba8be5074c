package io.polylog.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `polylog pub`.
@Command(
        name = "pub",
        description = "Publish a message, or each line of the input as one.",
        mixinStandardHelpOptions = true)
final class PubCommand implements Callable<Integer> {
    private static final int MOST_LINES = 1_000;
    private static final int MOST_BYTES = 8 << 20;

    @Mixin private final Api api = new Api();

    @Parameters(index = "0", paramLabel = "NAME", description = "The queue or topic.")
    private String name = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "BODY",
            description = "The message. Without one, what is read from the input.")
    private @Nullable String body;

    @Option(names = "--subject", description = "NAME is a subject.")
    private boolean isSubject;

    @Option(names = "--lines", description = "Each line of the input is a message of JSON.")
    private boolean lines;

    @Option(names = "--key", description = "The key of the messages.")
    private @Nullable String key;

    @Option(names = "--type", description = "The content type: ${DEFAULT-VALUE}")
    private String type = "text/plain";

    @Option(names = "--header", paramLabel = "NAME=VALUE", description = "A header of theirs.")
    private Map<String, String> headers = new LinkedHashMap<>();

    @Override
    public Integer call() throws IOException {
        String said = body;
        if (lines && said == null) {
            System.out.println(eachLine() + " published");
        } else {
            byte[] bytes = said == null ? System.in.readAllBytes() : said.getBytes(UTF_8);
            JsonNode place = send(bytes, type).path("messages").path(0);
            System.out.println(
                    place.has("offset")
                            ? "%s/%d@%d"
                                    .formatted(
                                            place.path("topic").asString(),
                                            place.path("partition").asInt(),
                                            place.path("offset").asLong())
                            : "published on " + name);
        }
        return 0;
    }

    private long eachLine() throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        var batch = new ByteArrayOutputStream();
        int count = 0;
        long all = 0;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.isEmpty()) {
                continue;
            }
            batch.writeBytes(line.getBytes(UTF_8));
            batch.write('\n');
            all++;
            if (++count == MOST_LINES || batch.size() > MOST_BYTES) {
                send(batch.toByteArray(), "application/x-ndjson");
                batch.reset();
                count = 0;
            }
        }
        if (count > 0) {
            send(batch.toByteArray(), "application/x-ndjson");
        }
        return all;
    }

    private JsonNode send(byte[] bytes, String contentType) {
        Map<String, String> said = new LinkedHashMap<>();
        said.put("Content-Type", contentType);
        if (key != null) {
            said.put("X-Key", key);
        }
        headers.forEach((header, value) -> said.put("X-Header-" + header, value));
        String kind = isSubject ? "subjects/" : "topics/";
        return api.post(kind + Api.part(name) + "/messages", bytes, said);
    }
}
