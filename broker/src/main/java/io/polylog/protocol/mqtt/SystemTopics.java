package io.polylog.protocol.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// What the broker says of itself under `$SYS/broker/`: to who subscribes at once, and every ten
/// seconds from then on. It goes to the subscribers directly and is stored nowhere. Any thread.
final class SystemTopics {
    private static final String PREFIX = Filter.SYSTEM + "broker/";
    private static final byte[] NONE = {};
    private static final long EVERY_SECONDS = 10;
    private static final int MS_PER_SECOND = 1000;

    private final MqttProtocol.Seams seams;
    private final Claims claims;
    private final LongAdder received;
    private final LongAdder sent;
    private final long startedMs;
    private final Set<ClientSession> listeners = ConcurrentHashMap.newKeySet();

    SystemTopics(MqttProtocol.Seams seams, Claims claims, LongAdder received, LongAdder sent) {
        this.seams = seams;
        this.claims = claims;
        this.received = received;
        this.sent = sent;
        startedMs = seams.wallMs().getAsLong();
        seams.home().scheduleAtFixedRate(this::say, EVERY_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
    }

    private void say() {
        if (!listeners.isEmpty()) {
            List<ByteBuffer> facts = facts(0);
            for (ClientSession listener : listeners) {
                listener.execute(() -> listener.said(facts));
            }
        }
    }

    /// Says it to a new subscriber, and again and again.
    void join(ClientSession session) {
        listeners.add(session);
        List<ByteBuffer> facts = facts(MqttContent.KEPT);
        session.execute(() -> session.said(facts));
    }

    void leave(ClientSession session) {
        listeners.remove(session);
    }

    private List<ByteBuffer> facts(int flags) {
        Map<String, String> facts = new LinkedHashMap<>();
        long upMs = seams.wallMs().getAsLong() - startedMs;
        facts.put("version", "Polylog " + seams.version());
        facts.put("uptime", upMs / MS_PER_SECOND + " seconds");
        facts.put("clients/connected", Integer.toString(claims.size()));
        facts.put("messages/received", Long.toString(received.sum()));
        facts.put("messages/sent", Long.toString(sent.sum()));
        return facts.entrySet().stream()
                .map(fact -> {
                    MqttContent.Head head =
                            new MqttContent.Head(flags, NONE, PREFIX + fact.getKey(), -1, NONE);
                    byte[] text = fact.getValue().getBytes(UTF_8);
                    return MqttContent.stored(head, ByteBuffer.wrap(text));
                })
                .toList();
    }
}
