package io.polylog.interop.webhook;

import static org.awaitility.Awaitility.await;

import io.polylog.interop.RunningBroker;
import io.polylog.interop.http.Web;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/// A broker that may post to this machine, and a receiver on it.
final class Fixture implements AutoCloseable {
    final RunningBroker broker;
    final Web web;
    final Receiver receiver;

    Fixture(Path data, String... settings) throws Exception {
        String[] all = new String[settings.length + 2];
        System.arraycopy(settings, 0, all, 0, settings.length);
        all[settings.length] = "listen.ports.http=auto";
        all[settings.length + 1] = "webhooks.private_hosts=127.0.0.1";
        broker = RunningBroker.on(data, all);
        web = new Web(broker);
        receiver = Receiver.start();
    }

    Web.Reply put(String name, String json) throws Exception {
        return web.ask("PUT", "/webhooks/" + name, BodyPublishers.ofString(json));
    }

    /// Makes a queue and its webhook; gives what is shown of it.
    ///
    /// @param more further members of the webhook, each with a comma before it
    JsonNode queueWith(String queue, String more) throws Exception {
        web.ask("PUT", "/queues/" + queue);
        return put(queue, webhook("queue", queue, more)).with(201);
    }

    String webhook(String kind, String source, String more) {
        return "{\"url\":\"%s\",\"%s\":\"%s\"%s}".formatted(receiver.url(), kind, source, more);
    }

    void publish(String queue, String... bodies) throws Exception {
        for (String body : bodies) {
            web.post("/queues/" + queue + "/messages", body).with(200);
        }
    }

    JsonNode shown(String name) throws Exception {
        return web.ask("GET", "/webhooks/" + name).with(200);
    }

    /// Waits until what is shown of a webhook has this value.
    void until(String name, String member, Object value) {
        await(member)
                .atMost(Receiver.PATIENCE)
                .until(() -> shown(name).path(member).asString().equals(value.toString()));
    }

    /// Waits until nothing waits in a queue, nor is with anybody.
    void untilEmpty(String queue) {
        await("settled")
                .atMost(Receiver.PATIENCE)
                .until(() -> {
                    JsonNode counts = web.ask("GET", "/queues/" + queue).with(200);
                    return counts.path("messages").asInt() == 0
                            && counts.path("unsettled").asInt() == 0;
                });
    }

    @Override
    public void close() throws IOException {
        receiver.close();
        web.close();
        broker.close();
    }
}
