package io.polylog.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Collectors;
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

    private HttpRequest.Builder request(String what) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(server + ROOT + what))
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
        HttpResponse<String> response = send(request);
        JsonNode answer = parsed(response.body());
        if (response.statusCode() != 200) {
            String message = answer.path("message").asString("HTTP " + response.statusCode());
            throw new Failed(code(response.statusCode()), message);
        }
        return answer;
    }

    private static JsonNode parsed(String body) {
        try {
            return JSON.readTree(body);
        } catch (RuntimeException notJson) {
            return JSON.createObjectNode();
        }
    }

    private HttpResponse<String> send(HttpRequest request) {
        HttpClient there = client;
        if (there == null) {
            there = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
            client = there;
        }
        try {
            return there.send(request, HttpResponse.BodyHandlers.ofString());
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
