package io.polylog.protocol.nats;

import io.polylog.broker.Topic;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The pages that NATS' tools ask a server for over HTTP, with the members that nats-server gives
/// them where there is something to say (docs.nats.io, Monitoring). Any thread.
public final class NatsMonitor {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final NatsNode node;
    private final Map<String, Page> pages;

    /// What JetStream has. Any thread.
    public interface Streams {
        /// The streams of each namespace that has some, by name.
        CompletionStage<List<Account>> accounts(Detail detail);
    }

    /// How much is told of streams.
    ///
    /// @param configs whether their configurations are
    /// @param consumers whether their consumers are
    public record Detail(boolean configs, boolean consumers) {}

    /// The streams of a namespace.
    ///
    /// @param streams `name`, `created`, `state`, and what was asked for: `config`,
    ///   `consumer_detail`
    public record Account(String namespace, List<ObjectNode> streams) {
        public Account {
            streams = List.copyOf(streams);
        }
    }

    @FunctionalInterface
    private interface Page {
        CompletionStage<ObjectNode> show(PageQuery query);
    }

    NatsMonitor(NatsNode node) {
        this.node = node;
        pages =
                Map.of(
                        "varz", _ -> server(),
                        "connz", this::connections,
                        "subsz", this::subscriptions,
                        "jsz", this::streams,
                        "routez", _ -> none("routes", "num_routes"),
                        "leafz", _ -> none("leafs", "leafnodes"),
                        "gatewayz", _ -> gateways(),
                        "accountz", _ -> accounts());
    }

    /// The names of the pages: `varz` is asked for as `/varz`.
    public Set<String> names() {
        return pages.keySet();
    }

    /// Shows a page.
    ///
    /// @param name one of [#names]
    /// @param query its parameters, the first of each name
    /// @throws IllegalArgumentException where one of them is wrong
    public CompletionStage<ObjectNode> page(String name, Map<String, String> query) {
        Page page = pages.get(name);
        if (page == null) {
            throw new IllegalArgumentException("no page " + name);
        }
        return page.show(new PageQuery(query));
    }

    /// What every page begins with.
    private ObjectNode begin() {
        return JSON.createObjectNode()
                .put("server_id", node.seams().serverId())
                .put("now", time(nowMs()));
    }

    private long nowMs() {
        return node.seams().wallMs().getAsLong();
    }

    static String time(long ms) {
        return Instant.ofEpochMilli(ms).toString();
    }

    // The server ---------------------------------------------------------------------------------

    private CompletionStage<ObjectNode> server() {
        return node.clients()
                .reports()
                .thenCombine(
                        node.seams().streams().accounts(new Detail(false, false)),
                        (clients, accounts) -> server(clients, Held.of(accounts)));
    }

    private ObjectNode server(List<ClientReport> clients, Held held) {
        NatsProtocol.Seams seams = node.seams();
        long startMs = ManagementFactory.getRuntimeMXBean().getStartTime();
        ObjectNode page = begin();
        page.put("server_name", ServerInfo.NAME).put("version", NatsProtocol.SERVER_VERSION);
        page.put("proto", 1).put("auth_required", seams.loginNeeded());
        page.put("max_payload", seams.settings().payloadBytes());
        page.put("max_subscriptions", seams.settings().subscriptions());
        page.put("ping_interval", seams.settings().pingMs() * 1_000_000);
        page.put("ping_max", seams.settings().pingsOut());
        page.put("start", time(startMs)).put("uptime", GoTimes.uptime(nowMs() - startMs));
        page.put("mem", Runtime.getRuntime().totalMemory());
        page.put("cores", Runtime.getRuntime().availableProcessors());
        page.put("cpu", cpuPercent());
        page.put("connections", clients.size()).put("total_connections", node.clients().all());
        Traffic.Sums traffic = node.clients().ended();
        int subscriptions = 0;
        for (ClientReport client : clients) {
            traffic = traffic.plus(client.traffic());
            subscriptions += client.subscriptions().size();
        }
        put(page, traffic);
        page.put("subscriptions", subscriptions);
        page.put("slow_consumers", seams.counts().slow().value());
        for (String none : List.of("routes", "remotes", "leafnodes")) {
            page.put(none, 0);
        }
        for (String none : List.of("cluster", "gateway", "leaf")) {
            page.putObject(none);
        }
        ObjectNode jetStream = page.putObject("jetstream");
        jetStream.putObject("config").put("max_memory", -1).put("max_storage", -1);
        held.put(jetStream.putObject("stats").put("accounts", held.accounts()));
        return page;
    }

    /// Of one core, as nats-server counts.
    private static double cpuPercent() {
        boolean known =
                ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean;
        if (!known) {
            return 0;
        }
        var machine =
                (com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean();
        double load = machine.getProcessCpuLoad() * machine.getAvailableProcessors();
        return Math.round(Math.max(0, load) * 1000) / 10.0;
    }

    private static void put(ObjectNode page, Traffic.Sums traffic) {
        page.put("in_msgs", traffic.messagesIn()).put("out_msgs", traffic.messagesOut());
        page.put("in_bytes", traffic.bytesIn()).put("out_bytes", traffic.bytesOut());
    }

    // Connections and subscriptions --------------------------------------------------------------

    private CompletionStage<ObjectNode> connections(PageQuery query) {
        ConnectionsPage page = new ConnectionsPage(query, nowMs());
        return node.clients().reports().thenApply(all -> page.fill(begin(), all));
    }

    private CompletionStage<ObjectNode> subscriptions(PageQuery query) {
        int offset = query.number("offset", 0);
        int limit = query.number("limit", 1024);
        boolean listed = query.is("subs");
        return node.clients()
                .reports()
                .thenApply(all -> {
                    List<String> subjects =
                            all.stream().flatMap(one -> one.subscriptions().stream()).toList();
                    ObjectNode page = begin();
                    page.put("num_subscriptions", subjects.size());
                    page.put("total", subjects.size()).put("offset", offset).put("limit", limit);
                    if (listed) {
                        ArrayNode list = page.putArray("subscriptions_list");
                        subjects.stream().skip(offset).limit(limit).forEach(list::add);
                    }
                    return page;
                });
    }

    // Streams ------------------------------------------------------------------------------------

    private CompletionStage<ObjectNode> streams(PageQuery query) {
        boolean consumers = query.is("consumers");
        boolean listed = consumers || query.is("streams");
        boolean asked = listed || query.is("accounts") || !query.text("acc").isEmpty();
        Detail detail = new Detail(listed && query.is("config"), consumers);
        return node.seams()
                .streams()
                .accounts(detail)
                .thenApply(all -> {
                    ObjectNode page = begin();
                    page.putObject("config").put("max_memory", -1).put("max_storage", -1);
                    Held.of(all).put(page);
                    page.put("accounts", all.size());
                    if (asked) {
                        ArrayNode details = page.putArray("account_details");
                        all.stream()
                                .filter(one -> isAsked(one, query.text("acc")))
                                .forEach(one -> details.add(account(one, listed)));
                    }
                    return page;
                });
    }

    private static boolean isAsked(Account account, String name) {
        return name.isEmpty() || account.namespace().equals(name);
    }

    private static ObjectNode account(Account account, boolean streams) {
        ObjectNode told = JSON.createObjectNode();
        told.put("name", account.namespace()).put("id", account.namespace());
        Held.of(List.of(account)).put(told);
        if (streams) {
            told.putArray("stream_detail").addAll(account.streams());
        }
        return told;
    }

    /// What some accounts hold.
    private record Held(int accounts, int streams, long consumers, long messages, long bytes) {
        static Held of(List<Account> accounts) {
            int streams = 0;
            long consumers = 0;
            long messages = 0;
            long bytes = 0;
            for (Account account : accounts) {
                streams += account.streams().size();
                for (ObjectNode stream : account.streams()) {
                    consumers += stream.path("state").path("consumer_count").asLong(0);
                    messages += stream.path("state").path("messages").asLong(0);
                    bytes += stream.path("state").path("bytes").asLong(0);
                }
            }
            return new Held(accounts.size(), streams, consumers, messages, bytes);
        }

        void put(ObjectNode page) {
            page.put("memory", 0).put("storage", bytes);
            page.put("reserved_memory", 0).put("reserved_storage", 0).put("ha_assets", 0);
            page.put("streams", streams).put("consumers", consumers);
            page.put("messages", messages).put("bytes", bytes);
        }
    }

    // What there is none of ----------------------------------------------------------------------

    private CompletionStage<ObjectNode> none(String list, String count) {
        ObjectNode page = begin().put(count, 0);
        page.putArray(list);
        return CompletableFuture.completedFuture(page);
    }

    private CompletionStage<ObjectNode> gateways() {
        ObjectNode page = begin();
        page.putObject("outbound_gateways");
        page.putObject("inbound_gateways");
        return CompletableFuture.completedFuture(page);
    }

    private CompletionStage<ObjectNode> accounts() {
        return node.clients()
                .reports()
                .thenApply(clients -> {
                    Set<String> names = new TreeSet<>();
                    clients.forEach(client -> names.add(client.namespace()));
                    for (Topic topic : node.seams().broker().definitions().topics()) {
                        names.add(topic.spec().name().namespace());
                    }
                    ObjectNode page = begin();
                    ArrayNode list = page.putArray("accounts");
                    names.stream().filter(name -> !name.isEmpty()).forEach(list::add);
                    return page;
                });
    }
}
