package io.polylog.protocol.nats;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `connz`: the connections that a query asks for. Any thread.
final class ConnectionsPage {
    private static final int USUAL_LIMIT = 1024;

    private static final Map<String, ToLongFunction<ClientReport>> ORDERS =
            Map.ofEntries(
                    Map.entry("cid", ClientReport::number),
                    Map.entry("start", client -> client.times().sinceMs()),
                    Map.entry("subs", client -> -client.subscriptions().size()),
                    Map.entry("pending", client -> -client.waitingBytes()),
                    Map.entry("msgs_to", client -> -client.traffic().messagesOut()),
                    Map.entry("msgs_from", client -> -client.traffic().messagesIn()),
                    Map.entry("bytes_to", client -> -client.traffic().bytesOut()),
                    Map.entry("bytes_from", client -> -client.traffic().bytesIn()),
                    Map.entry("last", client -> -client.times().lastMs()),
                    Map.entry("idle", client -> client.times().lastMs()),
                    Map.entry("uptime", client -> client.times().sinceMs()));

    private final PageQuery query;
    private final long nowMs;
    private final int offset;
    private final int limit;
    private final boolean users;
    private final boolean subjects;
    private final ToLongFunction<ClientReport> order;

    /// @throws IllegalArgumentException where the query is wrong
    ConnectionsPage(PageQuery query, long nowMs) {
        this.query = query;
        this.nowMs = nowMs;
        offset = query.number("offset", 0);
        limit = query.number("limit", USUAL_LIMIT);
        users = query.is("auth");
        subjects = query.is("subs");
        order = ORDERS.getOrDefault(query.said().getOrDefault("sort", "cid"), _ -> 0);
        requireKnown("sort", ORDERS.keySet());
        requireKnown("state", List.of("open", "any", "all"));
    }

    /// Closed connections are forgotten.
    private void requireKnown(String name, java.util.Collection<String> known) {
        String said = query.text(name).toLowerCase(Locale.ROOT);
        if (!said.isEmpty() && !known.contains(said)) {
            throw new IllegalArgumentException(
                    name + " is one of " + known.stream().sorted().toList() + ", not " + said);
        }
    }

    ObjectNode fill(ObjectNode page, List<ClientReport> all) {
        List<ClientReport> asked = new ArrayList<>(all);
        int number = query.number("cid", 0);
        String account = query.text("acc");
        asked.removeIf(client ->
                (number > 0 && client.number() != number)
                        || (!account.isEmpty() && !client.namespace().equals(account)));
        asked.sort(Comparator.comparingLong(order));
        List<ClientReport> shown = asked.stream().skip(offset).limit(limit).toList();
        page.put("num_connections", shown.size()).put("total", asked.size());
        page.put("offset", offset).put("limit", limit);
        ArrayNode connections = page.putArray("connections");
        shown.forEach(client -> put(connections.addObject(), client));
        return page;
    }

    private void put(ObjectNode told, ClientReport client) {
        told.put("cid", client.number()).put("kind", "Client");
        told.put("type", client.webSocket() ? "websocket" : "nats");
        told.put("ip", client.remote().getAddress().getHostAddress());
        told.put("port", client.remote().getPort());
        told.put("start", NatsMonitor.time(client.times().sinceMs()));
        told.put("last_activity", NatsMonitor.time(client.times().lastMs()));
        told.put("uptime", GoTimes.uptime(nowMs - client.times().sinceMs()));
        told.put("idle", GoTimes.uptime(nowMs - client.times().lastMs()));
        told.put("pending_bytes", client.waitingBytes());
        Traffic.Sums traffic = client.traffic();
        told.put("in_msgs", traffic.messagesIn()).put("out_msgs", traffic.messagesOut());
        told.put("in_bytes", traffic.bytesIn()).put("out_bytes", traffic.bytesOut());
        told.put("subscriptions", client.subscriptions().size());
        putText(told, "name", client.library().name());
        putText(told, "lang", client.library().language());
        putText(told, "version", client.library().version());
        if (users) {
            putText(told, "account", client.namespace());
            putText(told, "authorized_user", client.user());
        }
        if (subjects) {
            ArrayNode list = told.putArray("subscriptions_list");
            client.subscriptions().forEach(list::add);
        }
    }

    private static void putText(ObjectNode told, String name, String text) {
        if (!text.isEmpty()) {
            told.put(name, text);
        }
    }
}
