package io.polylog.interop.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import io.polylog.interop.crash.HandlingLedger.Pace;
import io.polylog.interop.crash.HandlingLedger.Rules;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Queues with rules drawn at random, and what is sent to them. What leaves a queue for a rule goes
/// to the dead letters, so that nothing is ever gone.
final class FeatureShop {
    static final int QUEUES = 8;
    static final String DEAD = "dead";
    static final String STRAY = "stray";
    static final String OUT = "out";

    /// How names of queues begin that nobody uses.
    static final String NEGLECTED = "neglected";

    /// Lots of messages: this one no filter wants, and that one operators throw away.
    static final int UNWANTED_LOT = 8;

    static final int DISCARDED_LOT = 9;
    static final int LOTS = 10;

    /// What every filter says.
    static final String WANTED = "lot <> " + UNWANTED_LOT;

    private static final String MAIN = "main";
    private static final String LATER = "later";
    private static final String BY_TOPIC = "by-topic";
    private static final String BY_HEADERS = "by-headers";
    private static final List<String> EXCHANGES = List.of(MAIN, MAIN, LATER, BY_HEADERS);
    private static final String NOWHERE = "nowhere";
    private static final String ORDERING_KEY = "x-polylog-ordering-key";
    private static final String TIMEOUT = "x-consumer-timeout";
    private static final String OVERFLOW = "x-overflow";
    private static final String OVERFLOW_TO_DEAD = "reject-publish-dlx";
    private static final String RETRY = "x-polylog-retry";
    private static final String DELAYED_RETRY = "x-delayed-retry-type";
    private static final int LEAST_DELAY_MS = 50;
    private static final int MOST_DELAY_MS = 400;
    private static final int LEAST_RETRY_MS = 100;
    private static final int MOST_RETRY_MS = 500;
    private static final int KEYS = 5;

    private final SplittableRandom random;
    private final FeatureLedger ledger;
    private final Map<String, Map<String, Object>> rules = new HashMap<>();
    private int next;

    FeatureShop(SplittableRandom random, FeatureLedger ledger) {
        this.random = random;
        this.ledger = ledger;
        for (String queue : workQueues()) {
            rules.put(queue, draw());
        }
    }

    /// Those that have rules.
    static List<String> workQueues() {
        return IntStream.range(0, QUEUES).mapToObj(i -> "w" + i).toList();
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private Map<String, Object> draw() {
        Map<String, Object> drawn = new HashMap<>();
        boolean quorum = random.nextBoolean();
        drawn.put("x-dead-letter-exchange", "dlx");
        if (quorum) {
            drawn.put("x-queue-type", "quorum");
            drawn.put("x-delivery-limit", 1 + random.nextInt(5));
        }
        if (chance(40)) {
            drawn.put("x-message-ttl", 500 + random.nextInt(3_000));
        }
        if (chance(50)) {
            if (chance(60)) {
                drawn.put("x-max-length", 20 + random.nextInt(200));
            } else {
                drawn.put("x-max-length-bytes", 5_000 + random.nextInt(50_000));
            }
            List<String> ways =
                    quorum
                            ? List.of("drop-head", "reject-publish")
                            : List.of("drop-head", "reject-publish", OVERFLOW_TO_DEAD);
            drawn.put(OVERFLOW, ways.get(random.nextInt(ways.size())));
        }
        if (chance(30)) {
            drawn.put(RETRY, "exponential:" + LEAST_DELAY_MS + ":" + MOST_DELAY_MS);
        } else if (quorum && chance(40)) {
            drawn.put(DELAYED_RETRY, "all");
            drawn.put("x-delayed-retry-min", LEAST_RETRY_MS);
            drawn.put("x-delayed-retry-max", MOST_RETRY_MS);
        }
        if (chance(40)) {
            drawn.put(ORDERING_KEY, "header:key");
        } else if (!quorum && chance(40)) {
            drawn.put("x-max-priority", 1 + random.nextInt(255));
        }
        if (chance(30)) {
            drawn.put("x-polylog-dedup-window", 600_000);
        }
        if (chance(30)) {
            drawn.put("x-polylog-filter", WANTED);
        }
        if (chance(20)) {
            drawn.put("x-single-active-consumer", true);
        }
        if (chance(20)) {
            drawn.put(TIMEOUT, 1_000);
        }
        if (chance(20)) {
            drawn.put("x-expires", 60_000); // somebody uses it all the time
        }
        return drawn;
    }

    /// What is promised to those who take from a queue. Nothing where it takes back what is kept
    /// too long, since nobody knows when.
    private void watch(String queue) {
        Map<String, Object> its = rules.get(queue);
        if (!its.containsKey(TIMEOUT)) {
            Pace pace = Pace.AT_ONCE;
            if (its.containsKey(RETRY)) {
                pace = FeatureShop::exponentialMs;
            } else if (its.containsKey(DELAYED_RETRY)) {
                pace = returns -> Math.min(MOST_RETRY_MS, LEAST_RETRY_MS * returns);
            }
            ledger.handling().watch(queue, new Rules(its.containsKey(ORDERING_KEY), pace));
        }
    }

    /// Twice as long each time, and up to a tenth less.
    private static long exponentialMs(int returns) {
        long grown = Math.min(MOST_DELAY_MS, (long) LEAST_DELAY_MS << Math.min(returns - 1, 10));
        return grown - grown / 10;
    }

    /// Which rules hold where, for people to read.
    @Override
    public String toString() {
        return rules.toString();
    }

    /// Whether what is sent twice is stored once: where it is known by its id, and what is refused
    /// is nowhere.
    boolean knowsIds(String queue) {
        Map<String, Object> its = rules.getOrDefault(queue, Map.of());
        return its.containsKey("x-polylog-dedup-window")
                && !OVERFLOW_TO_DEAD.equals(its.get(OVERFLOW));
    }

    /// Whether what is kept too long goes back.
    boolean takesBack(String queue) {
        return rules.getOrDefault(queue, Map.of()).containsKey(TIMEOUT);
    }

    /// Whether only some messages are wanted.
    boolean isChoosy(String queue) {
        return rules.getOrDefault(queue, FeatureStreams.arguments(queue))
                .containsKey("x-polylog-filter");
    }

    /// Whether no filter wants a message.
    static boolean isUnwanted(String id) {
        return id.endsWith("-" + UNWANTED_LOT);
    }

    /// Whether an operator may throw a message away.
    static boolean isDiscarded(String id) {
        return id.endsWith("-" + DISCARDED_LOT);
    }

    /// How many messages a consumer takes at once.
    int prefetch(String queue) {
        return rules.containsKey(queue) && rules.get(queue).hashCode() % 2 == 0 ? 1 : 10;
    }

    /// Whether what comes first goes first.
    boolean keepsOrder(String queue) {
        return rules.containsKey(queue)
                && !rules.get(queue).containsKey("x-max-priority")
                && !"quorum".equals(rules.get(queue).get("x-queue-type"));
    }

    /// Whether basic.get goes: not with a single active consumer of a quorum queue.
    boolean givesOne(String queue) {
        Map<String, Object> its = rules.get(queue);
        return !(its.containsKey("x-single-active-consumer") && its.containsKey("x-queue-type"));
    }

    void declare(Channel channel) throws IOException {
        channel.exchangeDeclare("dlx", "fanout", true);
        channel.exchangeDeclare("strays", "fanout", true);
        channel.exchangeDeclare(
                MAIN, "direct", true, false, Map.of("alternate-exchange", "strays"));
        channel.exchangeDeclare(
                LATER, "x-delayed-message", true, false, Map.of("x-delayed-type", "direct"));
        channel.exchangeDeclare(BY_TOPIC, "topic", true);
        channel.exchangeDeclare(BY_HEADERS, "headers", true);
        for (String plain : List.of(DEAD, STRAY, OUT)) {
            channel.queueDeclare(plain, true, false, false, Map.of());
        }
        channel.queueBind(DEAD, "dlx", "");
        channel.queueBind(STRAY, "strays", "");
        for (Map.Entry<String, Map<String, Object>> each : rules.entrySet()) {
            channel.queueDeclare(each.getKey(), true, false, false, each.getValue());
            channel.queueBind(each.getKey(), "main", each.getKey());
            channel.queueBind(each.getKey(), LATER, each.getKey());
            channel.queueBind(each.getKey(), BY_TOPIC, each.getKey() + ".*");
            channel.queueBind(
                    each.getKey(),
                    BY_HEADERS,
                    "",
                    Map.of("x-match", "all", "queue", each.getKey()));
            watch(each.getKey());
        }
        FeatureStreams.declare(channel, ledger);
        for (String stream : FeatureStreams.NAMES) {
            channel.queueBind(stream, BY_TOPIC, "#");
        }
        FeatureChain.declare(channel);
    }

    /// One message.
    ///
    /// @param queue for which it is, or none's name
    /// @param exchange to which it goes
    /// @param key with which
    record Order(
            String id,
            String queue,
            String exchange,
            String key,
            BasicProperties properties,
            byte[] body) {
        /// Whether the streams get it too.
        boolean isAudited() {
            return exchange.equals(BY_TOPIC);
        }
    }

    /// The next message to send; the ledger knows of it.
    Order next() {
        String queue = "w" + random.nextInt(QUEUES);
        int lot = random.nextInt(LOTS);
        String id = "%s-%06d-%d".formatted(queue, next++, lot);
        String group = "k" + random.nextInt(KEYS);
        String exchange = random.nextInt(3) == 0 ? BY_TOPIC : EXCHANGES.get(random.nextInt(4));
        boolean later = exchange.equals(LATER);
        int delayMs = later ? 100 + random.nextInt(1_500) : 0;
        Map<String, Object> headers = new HashMap<>();
        headers.put("lot", lot);
        headers.put("key", group);
        headers.put("queue", queue);
        if (later) {
            headers.put("x-delay", delayMs);
        }
        BasicProperties.Builder properties =
                new BasicProperties.Builder()
                        .deliveryMode(2)
                        .messageId(id)
                        .priority(random.nextInt(256))
                        .headers(headers);
        boolean stray = exchange.equals(MAIN) && chance(10);
        if (!stray && !exchange.equals(BY_TOPIC) && chance(10)) {
            properties.expiration(Integer.toString(delayMs + 300 + random.nextInt(2_000)));
        }
        String key =
                switch (exchange) {
                    case BY_TOPIC -> queue + "." + group;
                    case BY_HEADERS -> "";
                    default -> stray ? NOWHERE : queue;
                };
        boolean mayGo = !stray && lot == UNWANTED_LOT && isChoosy(queue);
        ledger.sent(id, later ? System.currentTimeMillis() + delayMs : 0, mayGo);
        Order order =
                new Order(id, stray ? NOWHERE : queue, exchange, key, properties.build(), body(id));
        if (order.isAudited()) {
            FeatureStreams.NAMES.forEach(stream -> ledger.streams().attempted(stream, id));
        }
        return order;
    }

    /// What a message holds; its name begins it.
    static byte[] body(String id) {
        return (id + ":" + Integer.toString(id.hashCode(), 36).repeat(10)).getBytes(UTF_8);
    }

    /// By when a message was due that came now. One that a full queue refused became a dead letter
    /// at once, and is due when somebody sends it back.
    static long dueMs(BasicProperties properties, long nowMs) {
        Map<String, Object> headers = properties.getHeaders();
        Object cause = headers == null ? null : headers.get("x-first-death-reason");
        return cause != null && cause.toString().equals("maxlen") ? Long.MAX_VALUE : nowMs;
    }

    /// The name in a body; says so where the rest is not what was sent.
    static String id(byte[] body, FeatureLedger ledger) {
        String text = new String(body, UTF_8);
        String id = text.substring(0, Math.max(0, text.indexOf(':')));
        if (!text.equals(new String(body(id), UTF_8))) {
            ledger.wrong("a body was changed: " + text);
        }
        return id;
    }
}
