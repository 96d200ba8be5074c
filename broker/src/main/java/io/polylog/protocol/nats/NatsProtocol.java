package io.polylog.protocol.nats;

import io.netty.channel.ChannelPipeline;
import io.polylog.broker.Broker;
import io.polylog.message.MessageCodec;
import io.polylog.metrics.Counter;
import io.polylog.metrics.Label;
import io.polylog.metrics.Metrics;
import io.polylog.net.Protocol;
import io.polylog.net.WebSocketProtocol;
import io.polylog.security.Authenticator;
import io.polylog.security.Permissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// NATS. One for both its listeners; any thread.
public final class NatsProtocol implements Protocol {
    /// The nats-server whose protocol is spoken: clients tell by it what they can ask for.
    public static final String SERVER_VERSION = "2.12.6";

    /// Of its JetStream's API.
    public static final int API_LEVEL = 2;

    private static final Label LABEL = new Label("protocol", "nats");

    /// Room in a WebSocket frame for what a client sends with a message: clients put up to 64 KiB
    /// of small ones, with their lines, before it in the same frame.
    private static final int FRAME_MORE_BYTES = 128 << 10;

    private final NatsNode node;

    /// What the adapter needs from others.
    ///
    /// @param broker the core
    /// @param authenticator who may connect
    /// @param loginNeeded whether nobody may without a name and a password
    /// @param permissions what somebody may publish
    /// @param codecs opens what other protocols stored, by encoding
    /// @param service answers requests on subjects of its own
    /// @param streams tells what JetStream has
    /// @param serverId what clients know this process by
    /// @param settings what is granted
    /// @param wallMs milliseconds since 1970
    /// @param counts of what goes wrong without an answer
    public record Seams(
            Broker broker,
            Authenticator authenticator,
            boolean loginNeeded,
            Permissions permissions,
            Map<Byte, MessageCodec> codecs,
            NatsService service,
            NatsMonitor.Streams streams,
            String serverId,
            NatsSettings settings,
            LongSupplier wallMs,
            Counts counts) {
        public Seams {
            codecs = Map.copyOf(codecs);
        }
    }

    /// Counts of what goes wrong without an answer.
    ///
    /// @param missed messages that a subscriber did not get because it did not read
    /// @param slow connections that were cut for that
    /// @param unstored messages that a durable target could not take
    public record Counts(Counter missed, Counter slow, Counter unstored) {
        public static Counts in(Metrics metrics) {
            return new Counts(
                    metrics.counter(
                            "polylog.live.dropped",
                            "Messages that a listener at most once did not take in time.",
                            LABEL),
                    metrics.counter(
                            "polylog.live.cut",
                            "Connections cut because they did not take what they listen to.",
                            LABEL),
                    metrics.counter(
                            "polylog.publish.lost",
                            "Messages published without an answer that could not be stored.",
                            LABEL));
        }
    }

    public NatsProtocol(Seams seams) {
        node = new NatsNode(seams, new Clients(), new AtomicLong());
    }

    /// What its tools ask over HTTP.
    public NatsMonitor monitor() {
        return new NatsMonitor(node);
    }

    /// The same over WebSocket.
    public Protocol overWebSocket() {
        return new WebSocketProtocol(
                this,
                new WebSocketProtocol.Terms(
                        "nats_ws",
                        9222,
                        List.of("nats"),
                        WebSocketProtocol.Frames.BINARY,
                        node.seams().settings().payloadBytes() + FRAME_MORE_BYTES));
    }

    @Override
    public String name() {
        return "nats";
    }

    @Override
    public int defaultPort() {
        return 4222;
    }

    @Override
    public void accept(ChannelPipeline pipeline) {
        pipeline.addLast("nats", new NatsConnection(node));
    }
}
