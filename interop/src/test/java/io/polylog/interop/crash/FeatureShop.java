package io.polylog.interop.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Queues with rules drawn at random, and what is sent to them. What leaves a queue for a rule goes
/// to the dead letters, so that nothing is ever gone.
final class FeatureShop {
    static final int QUEUES = 8;
    static final String DEAD = "dead";
    static final String STRAY = "stray";
    static final String OUT = "out";

    /// Lots of messages: this one no filter wants, and that one operators throw away.
    static final int UNWANTED_LOT = 8;

    static final int DISCARDED_LOT = 9;
    private static final int LOTS = 10;
    private static final int KEYS = 5;

    private final SplittableRandom random;
    private final FeatureLedger ledger;
    private final Map<String, Map<String, Object>> rules = new HashMap<>();
    private int next;

    FeatureShop(SplittableRandom random, FeatureLedger ledger) {
        this.random = random;
        this.ledger = ledger;
        for (int i = 0; i < QUEUES; i++) {
            rules.put("w" + i, draw());
        }
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
        if (chance(40)) {
            drawn.put("x-max-length", 20 + random.nextInt(200));
            List<String> ways =
                    quorum
                            ? List.of("drop-head", "reject-publish")
                            : List.of("drop-head", "reject-publish", "reject-publish-dlx");
            drawn.put("x-overflow", ways.get(random.nextInt(ways.size())));
        }
        if (chance(30)) {
            drawn.put("x-polylog-retry", "exponential:50:400");
        } else if (quorum && chance(40)) {
            drawn.put("x-delayed-retry-type", "all");
            drawn.put("x-delayed-retry-min", 100);
            drawn.put("x-delayed-retry-max", 500);
        }
        if (chance(30)) {
            drawn.put("x-polylog-ordering-key", "header:key");
        } else if (!quorum && chance(40)) {
            drawn.put("x-max-priority", 1 + random.nextInt(255));
        }
        if (chance(30)) {
            drawn.put("x-polylog-dedup-window", 600_000);
        }
        if (chance(30)) {
            drawn.put("x-polylog-filter", "lot <> " + UNWANTED_LOT);
        }
        if (chance(20)) {
            drawn.put("x-single-active-consumer", true);
        }
        if (chance(20)) {
            drawn.put("x-consumer-timeout", 1_000);
        }
        return drawn;
    }

    /// Which rules hold where, for people to read.
    @Override
    public String toString() {
        return rules.toString();
    }

    /// Whether what is sent twice is stored once.
    boolean knowsIds(String queue) {
        return rules.get(queue).containsKey("x-polylog-dedup-window");
    }

    /// Whether what comes first goes first.
    boolean keepsOrder(String queue) {
        return !rules.get(queue).containsKey("x-max-priority")
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
                "main", "direct", true, false, Map.of("alternate-exchange", "strays"));
        channel.exchangeDeclare(
                "later", "x-delayed-message", true, false, Map.of("x-delayed-type", "direct"));
        for (String plain : List.of(DEAD, STRAY, OUT)) {
            channel.queueDeclare(plain, true, false, false, Map.of());
        }
        channel.queueBind(DEAD, "dlx", "");
        channel.queueBind(STRAY, "strays", "");
        for (Map.Entry<String, Map<String, Object>> each : rules.entrySet()) {
            channel.queueDeclare(each.getKey(), true, false, false, each.getValue());
            channel.queueBind(each.getKey(), "main", each.getKey());
            channel.queueBind(each.getKey(), "later", each.getKey());
        }
    }

    /// One message.
    ///
    /// @param exchange to which it goes
    /// @param key with which, a queue's name or none's
    record Order(String id, String exchange, String key, BasicProperties properties, byte[] body) {}

    /// The next message to send; the ledger knows of it.
    Order next() {
        String queue = "w" + random.nextInt(QUEUES);
        int number = next++;
        String id = "%s-%06d".formatted(queue, number);
        int lot = random.nextInt(LOTS);
        boolean later = chance(20);
        int delayMs = later ? 100 + random.nextInt(1_500) : 0;
        Map<String, Object> headers = new HashMap<>();
        headers.put("lot", lot);
        headers.put("key", "k" + random.nextInt(KEYS));
        if (later) {
            headers.put("x-delay", delayMs);
        }
        BasicProperties.Builder properties =
                new BasicProperties.Builder()
                        .deliveryMode(2)
                        .messageId(id)
                        .priority(random.nextInt(256))
                        .headers(headers);
        boolean stray = !later && chance(5);
        if (!stray && chance(10)) {
            properties.expiration(Integer.toString(delayMs + 300 + random.nextInt(2_000)));
        }
        boolean mayGo = lot == UNWANTED_LOT || lot == DISCARDED_LOT;
        ledger.sent(id, later ? System.currentTimeMillis() + delayMs : 0, mayGo);
        String key = stray ? "nowhere" : queue;
        return new Order(id, later ? "later" : "main", key, properties.build(), body(id));
    }

    /// What a message holds; its name begins it.
    static byte[] body(String id) {
        return (id + ":" + Integer.toString(id.hashCode(), 36).repeat(10)).getBytes(UTF_8);
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
