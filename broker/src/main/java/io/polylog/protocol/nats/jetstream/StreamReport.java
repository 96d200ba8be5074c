package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Session;
import io.polylog.protocol.nats.NatsMonitor.Account;
import io.polylog.protocol.nats.NatsMonitor.Detail;
import io.polylog.protocol.nats.NatsProtocol;
import io.polylog.protocol.nats.jetstream.api.InTurn;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.streams.StreamState;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import io.polylog.protocol.nats.jetstream.streams.Streams;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.node.ObjectNode;

/// Tells monitoring what streams there are. On the home loop.
final class StreamReport {
    private final Session session;
    private final Streams streams;
    private final ConsumerApi consumers;

    StreamReport(Session session, Streams streams, ConsumerApi consumers) {
        this.session = session;
        this.streams = streams;
        this.consumers = consumers;
    }

    CompletionStage<List<Account>> accounts(Detail detail) {
        List<StreamTopic> all = streams.all();
        return InTurn.each(all, stream -> stream(stream, detail))
                .thenApply(told -> {
                    Map<String, List<ObjectNode>> byNamespace = new TreeMap<>();
                    for (int i = 0; i < all.size(); i++) {
                        String namespace = all.get(i).name().namespace();
                        byNamespace
                                .computeIfAbsent(namespace, _ -> new ArrayList<>())
                                .add(told.get(i));
                    }
                    return byNamespace.entrySet().stream()
                            .map(each -> new Account(each.getKey(), each.getValue()))
                            .toList();
                });
    }

    private CompletionStage<ObjectNode> stream(StreamTopic stream, Detail detail) {
        return StreamState.of(session, stream)
                .thenCombine(consumers.count(stream), StreamState::told)
                .thenCompose(state -> {
                    ObjectNode told = Json.object();
                    told.put("name", stream.name().name());
                    told.put("created", Json.time(stream.topic().createdAtMs()));
                    if (detail.configs()) {
                        told.set("config", stream.config().told(NatsProtocol.SERVER_VERSION));
                    }
                    told.set("state", state);
                    return detail.consumers()
                            ? consumers
                                    .all(stream)
                                    .thenApply(all -> {
                                        told.putArray("consumer_detail").addAll(all);
                                        return told;
                                    })
                            : CompletableFuture.completedFuture(told);
                });
    }
}
