package io.polylog.interop.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A reader of Server-Sent Events, as in a browser. It is open when it is made.
public final class EventSource implements AutoCloseable {
    private final InputStream in;
    private final BufferedReader lines;
    private String id = "";

    /// @param headers names and values in turn
    public EventSource(Web web, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(web.uri(path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<InputStream> answer =
                web.client().send(request.build(), BodyHandlers.ofInputStream());
        in = answer.body();
        lines = new BufferedReader(new InputStreamReader(in, UTF_8));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream");
        assertThat(lines.readLine()).isEqualTo(": open");
        assertThat(lines.readLine()).isEmpty();
    }

    /// The data of the next event.
    public JsonNode next() throws IOException {
        String data = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("data: ")) {
                data = line.substring(6);
            } else if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.isEmpty() && !data.isEmpty()) {
                return JsonMapper.shared().readTree(data);
            }
        }
        throw new IOException("the events ended");
    }

    /// Of the last event.
    String id() {
        return id;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
