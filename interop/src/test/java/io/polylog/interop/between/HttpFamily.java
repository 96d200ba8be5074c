package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.interop.RunningBroker;
import io.polylog.interop.http.EventSource;
import io.polylog.interop.http.Web;
import java.io.IOException;
import java.net.URLEncoder;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The JDK's HTTP client; accepted is what is answered with 200. Listens to Server-Sent Events.
final class HttpFamily implements Family {
    /// The members that fields have.
    private static final Map<String, String> NAMES =
            Map.ofEntries(
                    Map.entry(Letter.CONTENT_TYPE, "contentType"),
                    Map.entry(Letter.CONTENT_ENCODING, "contentEncoding"),
                    Map.entry(Letter.CORRELATION_ID, "correlationId"),
                    Map.entry(Letter.MESSAGE_ID, "messageId"),
                    Map.entry(Letter.REPLY_TO, "replyTo"),
                    Map.entry(Letter.TYPE, "type"),
                    Map.entry(Letter.APP_ID, "appId"),
                    Map.entry(Letter.PRIORITY, "priority"),
                    Map.entry(Letter.TIMESTAMP, "timestampMs"),
                    Map.entry(Letter.KEY, "key"),
                    Map.entry(Letter.EXPIRATION, "timeToLiveMs"));

    private final Web web;
    private EventSource source;

    HttpFamily(RunningBroker broker) {
        web = new Web(broker);
    }

    private static String path(String subject, String what) {
        return "/subjects/" + URLEncoder.encode(subject, UTF_8) + what;
    }

    @Override
    public void listen(String subject) throws Exception {
        source = new EventSource(web, path(subject, "/events"));
    }

    @Override
    public void publish(String subject, Letter letter) throws Exception {
        Map<String, Object> said = new LinkedHashMap<>();
        letter.fields().forEach((name, value) -> said.put(NAMES.get(name), value));
        for (String number : new String[] {"priority", "timestampMs", "timeToLiveMs"}) {
            said.computeIfPresent(number, (_, text) -> Long.valueOf(text.toString()));
        }
        said.put("headers", letter.headers());
        said.put("bodyBase64", Base64.getEncoder().encodeToString(letter.body()));
        String batch =
                JsonMapper.shared().writeValueAsString(Map.of("messages", new Object[] {said}));
        web.batch(path(subject, "/messages"), batch).with(200);
    }

    @Override
    public Letter next() throws Exception {
        JsonNode came = Objects.requireNonNull(source).next();
        Map<String, String> fields = new TreeMap<>();
        NAMES.forEach((field, name) -> {
            if (came.has(name)) {
                fields.put(field, came.get(name).asString());
            }
        });
        Map<String, String> headers = new HashMap<>();
        came.path("headers")
                .properties()
                .forEach(each -> headers.put(each.getKey(), each.getValue().asString()));
        byte[] body =
                came.has("body")
                        ? came.get("body").asString().getBytes(UTF_8)
                        : Base64.getDecoder().decode(came.path("bodyBase64").asString(""));
        return new Letter(body, fields, headers);
    }

    @Override
    public void close() throws IOException {
        if (source != null) {
            source.close();
        }
        web.close();
    }
}
