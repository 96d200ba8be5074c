package io.polylog.interop.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.harness.Ledger;
import io.polylog.harness.Ledger.Repeats;
import io.polylog.harness.Proof;
import io.polylog.harness.Proof.Forged;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Plain HTTP on a queue: a publisher of batches that never sends anything twice, and a consumer
/// that pulls and accepts. What was answered with 200 must arrive; a second arrival must be
/// flagged, and what it was told is accepted must not come again.
final class HttpLoad implements Load {
    private static final int PRODUCER = 0;
    private static final int MESSAGE_BYTES = 512;
    private static final int AT_ONCE = 50;
    private static final Duration ANSWER = Duration.ofSeconds(20);

    private final String root;
    private final String queue;
    private final long run;
    private final Ledger ledger = new Ledger(Repeats.FLAGGED);
    private final HttpClient client = HttpClient.newHttpClient();
    private final Set<Long> settled = ConcurrentHashMap.newKeySet();
    private final Set<Long> again = ConcurrentHashMap.newKeySet();
    private final Thread publishing;
    private final Thread consuming;
    private long sequence;
    private volatile boolean finishing;
    private volatile boolean closing;

    HttpLoad(int port, String queue, long run) throws Exception {
        root = "http://127.0.0.1:" + port + "/v1/";
        this.queue = queue;
        this.run = run;
        ask("PUT", "queues/" + queue, "", "application/json");
        consuming = Thread.ofPlatform().name("http-consume").daemon().start(this::consume);
        publishing = Thread.ofPlatform().name("http-publish").daemon().start(this::publish);
    }

    @Override
    public long accepted() {
        return ledger.accepted();
    }

    @Override
    public List<String> finish(Duration patience) throws Exception {
        finishing = true;
        publishing.join();
        Waiting.until(patience, () -> ledger.owed() == 0);
        List<String> wrong = new ArrayList<>();
        ledger.verdict().forEach(what -> wrong.add("http queue, " + what));
        if (!again.isEmpty()) {
            wrong.add("http queue, came again after they were accepted: " + new TreeSet<>(again));
        }
        return wrong;
    }

    @Override
    public void close() {
        finishing = true;
        closing = true;
        consuming.interrupt();
        client.shutdownNow();
    }

    private JsonNode ask(String method, String path, String body, String type)
            throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(root + path))
                        .timeout(ANSWER)
                        .header("Content-Type", type)
                        .method(method, BodyPublishers.ofString(body))
                        .build();
        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new IOException(path + ": " + answer.statusCode() + " " + answer.body());
        }
        return JsonMapper.shared().readTree(answer.body());
    }

    private void publish() {
        while (!finishing) {
            try {
                if (Waiting.isAhead(ledger)) {
                    Waiting.aMoment();
                } else {
                    send();
                }
            } catch (IOException crash) {
                Waiting.aMoment(); // then ask again
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void send() throws IOException, InterruptedException {
        long first = sequence;
        StringBuilder batch = new StringBuilder("{\"messages\":[");
        for (int i = 0; i < AT_ONCE; i++) {
            long now = sequence++;
            ledger.attempted(PRODUCER, now);
            byte[] message = new Proof(run, PRODUCER, now, queue).encode(MESSAGE_BYTES);
            batch.append(i == 0 ? "" : ",").append("{\"bodyBase64\":\"");
            batch.append(Base64.getEncoder().encodeToString(message)).append("\"}");
        }
        ask(
                "POST",
                "queues/" + queue + "/messages",
                batch.append("]}").toString(),
                "application/vnd.polylog.batch+json");
        for (long each = first; each < sequence; each++) {
            ledger.accepted(PRODUCER, each);
        }
    }

    private void consume() {
        while (!closing) {
            try {
                take();
            } catch (IOException crash) {
                Waiting.aMoment(); // then ask again
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void take() throws IOException, InterruptedException {
        JsonNode messages =
                ask(
                                "POST",
                                "queues/" + queue + "/pull",
                                "{\"max\":100,\"waitMs\":1000}",
                                "application/json")
                        .get("messages");
        List<Long> taken = new ArrayList<>();
        List<String> leases = new ArrayList<>();
        for (JsonNode message : messages) {
            leases.add(message.get("lease").asString());
            take(message, taken);
        }
        if (leases.isEmpty()) {
            return;
        }
        JsonNode answer =
                ask(
                        "POST",
                        "leases/settle",
                        "{\"accept\":[\"" + String.join("\",\"", leases) + "\"]}",
                        "application/json");
        if (!answer.has("gone")) {
            settled.addAll(taken);
        }
    }

    private void take(JsonNode message, List<Long> taken) {
        try {
            byte[] body =
                    message.has("body")
                            ? message.get("body").asString().getBytes(UTF_8)
                            : Base64.getDecoder().decode(message.get("bodyBase64").asString());
            Proof proof = Proof.decode(body, run, queue);
            ledger.arrived(
                    proof.producer(), proof.sequence(), message.path("redelivered").asBoolean());
            taken.add(proof.sequence());
            if (settled.contains(proof.sequence())) {
                again.add(proof.sequence());
            }
        } catch (Forged forged) {
            ledger.forged(forged);
        }
    }
}
