package io.polylog.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Base64;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The way to the broker, with the options that say where it is. A command has one; used by one
/// thread.
final class Api {
    static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String ROOT = "/api/v1/";

    @Option(
            names = "--server",
            defaultValue = "${env:POLYLOG_SERVER:-http://127.0.0.1:8080}",
            description = "The broker's HTTP address (or POLYLOG_SERVER): ${DEFAULT-VALUE}")
    private String server = "";

    @Option(
            names = "--user",
            defaultValue = "${env:POLYLOG_USER:-}",
            description = "Who asks (or POLYLOG_USER); the password is in POLYLOG_PASSWORD.")
    private String user = "";

    @Option(
            names = "--timeout",
            defaultValue = "60",
            description = "Seconds one request may take: ${DEFAULT-VALUE}")
    private int timeoutSeconds;

    private @Nullable HttpClient client;

    /// What a question gives.
    JsonNode get(String what, Map<String, String> query) {
        return answer(request(what + asked(query)).GET().build());
    }

    /// What removing something leads to.
    JsonNode delete(String what, Map<String, String> query) {
        return answer(request(what + asked(query)).DELETE().build());
    }

    private static String asked(Map<String, String> query) {
        return query.entrySet().stream()
                .map(each -> each.getKey() + "=" + encoded(each.getValue()))
                .collect(Collectors.joining("&", query.isEmpty() ? "" : "?", ""));
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, UTF_8);
    }

    /// What an order leads to.
    JsonNode post(String what, Map<String, ?> body) {
        String text = JSON.writeValueAsString(body);
        return answer(
                request(what)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(text))
                        .build());
    }

    /// What an order about messages leads to, below `/v1`.
    ///
    /// @param headers of the request
    JsonNode post(String path, byte[] body, Map<String, String> headers) {
        HttpRequest.Builder request = at("/v1/" + path);
        headers.forEach(request::header);
        return answer(request.POST(HttpRequest.BodyPublishers.ofByteArray(body)).build());
    }

    /// What a question below `/v1` gives.
    JsonNode read(String path, Map<String, String> query) {
        return answer(at("/v1/" + path + asked(query)).GET().build());
    }

    /// What making or changing something below `/v1` leads to.
    JsonNode put(String path, Map<String, ?> body) {
        String text = JSON.writeValueAsString(body);
        return answer(at("/v1/" + path).PUT(HttpRequest.BodyPublishers.ofString(text)).build());
    }

    /// What removing something below `/v1` leads to.
    JsonNode remove(String path) {
        return answer(at("/v1/" + path).DELETE().build());
    }

    /// Reads events below `/v1` until the broker ends them.
    ///
    /// @param sink gets each and says whether it wants more
    void events(String path, Predicate<JsonNode> sink) {
        HttpRequest request = at("/v1/" + path).build();
        HttpResponse<Stream<String>> response = sent(request, HttpResponse.BodyHandlers.ofLines());
        try (Stream<String> lines = response.body()) {
            if (response.statusCode() != 200) {
                throw refused(response.statusCode(), lines.collect(Collectors.joining()));
            }
            Iterator<String> each = lines.iterator();
            boolean wants = true;
            while (wants && each.hasNext()) {
                String line = each.next();
                wants = !line.startsWith("data: ") || sink.test(JSON.readTree(line.substring(6)));
            }
        }
    }

    /// A name as a part of a path.
    static String part(String name) {
        return encoded(name).replace("+", "%20");
    }

    private HttpRequest.Builder request(String what) {
        return at(ROOT + what);
    }

    private HttpRequest.Builder at(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(server + path))
                        .timeout(Duration.ofSeconds(timeoutSeconds));
        if (!user.isEmpty()) {
            String password = System.getenv("POLYLOG_PASSWORD");
            String pair = user + ":" + (password == null ? "" : password);
            request.header(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8)));
        }
        return request;
    }

    private JsonNode answer(HttpRequest request) {
        HttpResponse<String> response = sent(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200 && response.statusCode() != 201) {
            throw refused(response.statusCode(), response.body());
        }
        return parsed(response.body());
    }

    private static Failed refused(int status, String body) {
        JsonNode answer = parsed(body);
        String message = answer.path("message").asString("HTTP " + status);
        String hint = answer.path("hint").asString("");
        return new Failed(code(status), hint.isEmpty() ? message : message + " (" + hint + ")");
    }

    private static JsonNode parsed(String body) {
        try {
            return JSON.readTree(body);
        } catch (RuntimeException notJson) {
            return JSON.createObjectNode();
        }
    }

    private <T> HttpResponse<T> sent(HttpRequest request, BodyHandler<T> handler) {
        HttpClient there = client;
        if (there == null) {
            there = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
            client = there;
        }
        try {
            return there.send(request, handler);
        } catch (HttpTimeoutException late) {
            throw new Failed(Failed.TIMED_OUT, "no answer within " + timeoutSeconds + " s");
        } catch (ConnectException nobody) {
            throw new Failed(Failed.UNREACHABLE, "no broker answers at " + server);
        } catch (IOException broken) {
            throw new Failed(Failed.UNREACHABLE, server + ": " + broken.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failed(Failed.FAILED, "interrupted");
        }
    }

    private static int code(int status) {
        return switch (status) {
            case 400 -> Failed.USAGE;
            case 401, 403 -> Failed.DENIED;
            case 404 -> Failed.NOT_FOUND;
            case 409 -> Failed.CONFLICT;
            default -> Failed.FAILED;
        };
    }
}
