package io.polylog.interop.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// An operator of a [FeatureShop] who sends dead letters back, moves messages, changes some, throws
/// others away and pauses queues, over HTTP.
final class FeatureOperator {
    private static final int MOST_DISCARDED = 20;

    private final JsonMapper json = JsonMapper.shared();
    private final HttpClient http = HttpClient.newHttpClient();
    private final String queues;
    private final SplittableRandom random;
    private final FeatureShop shop;
    private final FeatureLedger ledger;

    /// @param address host and port of the broker's HTTP listener
    FeatureOperator(
            String address, SplittableRandom random, FeatureShop shop, FeatureLedger ledger) {
        this.shop = shop;
        queues = "http://" + address + "/api/v1/queues/";
        this.random = random;
        this.ledger = ledger;
    }

    private String worker() {
        return "w" + random.nextInt(FeatureShop.QUEUES);
    }

    /// Does one thing or another.
    void act() throws IOException, InterruptedException {
        switch (random.nextInt(7)) {
            case 0, 1 -> post("send", "{\"name\":\"dead\",\"limit\":20}");
            case 2 -> move(worker(), worker());
            case 3 -> discard();
            case 4 -> edit();
            case 5 -> {
                String paused = "{\"name\":\"" + worker() + "\"}";
                post("pause", paused);
                Waiting.aMoment();
                post("resume", paused);
            }
            default -> get("messages?limit=50&name=" + worker());
        }
        Waiting.aMoment();
    }

    /// Nothing is paused any more.
    void resumeAll() throws IOException, InterruptedException {
        for (int i = 0; i < FeatureShop.QUEUES; i++) {
            post("resume", "{\"name\":\"w" + i + "\"}");
        }
    }

    /// What a filter does not want stays where there is none.
    private void move(String from, String to) throws IOException, InterruptedException {
        String some =
                shop.isChoosy(to)
                        ? ",\"matching\":{\"headers\":{\"lot\":\"%d\"}}"
                                .formatted(random.nextInt(FeatureShop.UNWANTED_LOT))
                        : "";
        post(
                "send",
                "{\"name\":\"%s\",\"limit\":10,\"to\":{\"queue\":\"%s\"}%s}"
                        .formatted(from, to, some));
    }

    /// Throws away what it names.
    private void discard() throws IOException, InterruptedException {
        Map<Long, String> some = new LinkedHashMap<>();
        for (JsonNode letter : dead()) {
            String id = FeatureShop.id(letter.path("body").asString().getBytes(UTF_8), ledger);
            if (FeatureShop.isDiscarded(id) && some.size() < MOST_DISCARDED) {
                some.put(letter.path("offset").asLong(), id);
            }
        }
        if (!some.isEmpty()) {
            some.values().forEach(id -> ledger.discarded(id, false));
            JsonNode answer =
                    post("discard", "{\"name\":\"dead\",\"offsets\":%s}".formatted(some.keySet()));
            if (answer.path("count").asInt() == some.size()) {
                some.values().forEach(id -> ledger.discarded(id, true));
            }
        }
    }

    private void edit() throws IOException, InterruptedException {
        for (JsonNode letter : dead()) {
            if (letter.path("state").asString().equals("ready")) {
                post(
                        "edit",
                        "{\"name\":\"dead\",\"offset\":%d,\"headers\":{\"edited\":\"yes\"}}"
                                .formatted(letter.path("offset").asLong()));
                return;
            }
        }
    }

    private Iterable<JsonNode> dead() throws IOException, InterruptedException {
        return get("messages?limit=100&name=dead&from=" + random.nextInt(500)).path("messages");
    }

    private JsonNode get(String what) throws IOException, InterruptedException {
        return answer(HttpRequest.newBuilder(URI.create(queues + what)).build());
    }

    private JsonNode post(String what, String body) throws IOException, InterruptedException {
        return answer(
                HttpRequest.newBuilder(URI.create(queues + what))
                        .POST(BodyPublishers.ofString(body))
                        .build());
    }

    private JsonNode answer(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        // Somebody else may have been quicker: a conflict, or not there.
        if (answer.statusCode() == 400 || answer.statusCode() == 500) {
            ledger.wrong(request.uri() + " got " + answer.statusCode() + " " + answer.body());
        }
        return json.readTree(answer.body());
    }
}
