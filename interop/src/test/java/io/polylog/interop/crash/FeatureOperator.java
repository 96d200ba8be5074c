package io.polylog.interop.crash;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An operator of a [FeatureShop] who sends dead letters back, moves messages, changes some, throws
/// others away and pauses queues, over HTTP.
final class FeatureOperator {
    private static final Pattern OFFSET = Pattern.compile("\"offset\":(\\d+),\"state\":\"ready\"");

    private final HttpClient http = HttpClient.newHttpClient();
    private final String queues;
    private final SplittableRandom random;
    private final FeatureLedger ledger;

    /// @param address host and port of the broker's HTTP listener
    FeatureOperator(String address, SplittableRandom random, FeatureLedger ledger) {
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
            case 2 ->
                    post(
                            "send",
                            "{\"name\":\"%s\",\"limit\":10,\"to\":{\"queue\":\"%s\"}}"
                                    .formatted(worker(), worker()));
            case 3 ->
                    post(
                            "discard",
                            ("{\"name\":\"dead\",\"limit\":50,"
                                            + "\"matching\":{\"headers\":{\"lot\":\"%d\"}}}")
                                    .formatted(FeatureShop.DISCARDED_LOT));
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

    private void edit() throws IOException, InterruptedException {
        Matcher offset = OFFSET.matcher(get("messages?limit=20&name=dead"));
        if (offset.find()) {
            post(
                    "edit",
                    "{\"name\":\"dead\",\"offset\":%s,\"headers\":{\"edited\":\"yes\"}}"
                            .formatted(offset.group(1)));
        }
    }

    private String get(String what) throws IOException, InterruptedException {
        return answer(HttpRequest.newBuilder(URI.create(queues + what)).build());
    }

    private void post(String what, String body) throws IOException, InterruptedException {
        answer(
                HttpRequest.newBuilder(URI.create(queues + what))
                        .POST(BodyPublishers.ofString(body))
                        .build());
    }

    private String answer(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        // Somebody else may have been quicker: a conflict, or not there.
        if (answer.statusCode() == 400 || answer.statusCode() == 500) {
            ledger.wrong(request.uri() + " got " + answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }
}
