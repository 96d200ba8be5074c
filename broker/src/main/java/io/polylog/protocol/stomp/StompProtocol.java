package io.polylog.protocol.stomp;

import io.netty.channel.ChannelPipeline;
import io.polylog.broker.Broker;
import io.polylog.message.MessageCodec;
import io.polylog.metrics.Counter;
import io.polylog.metrics.Label;
import io.polylog.metrics.Metrics;
import io.polylog.net.Protocol;
import io.polylog.net.WebSocketProtocol;
import io.polylog.security.Authenticator;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// STOMP, the protocol of many simple clients. One per listener; any thread.
public final class StompProtocol implements Protocol {
    /// A frame beside its body.
    private static final int MOST_HEAD_BYTES = StompReader.MOST_HEAD_BYTES + 64;

    private final Seams seams;

    /// What the adapter needs from others.
    ///
    /// @param broker the core
    /// @param authenticator who may connect
    /// @param codecs opens what other protocols stored, by encoding
    /// @param uniqueNames gives a name never given before, of at most 32 letters, digits, `-`, `_`
    /// @param wallMs milliseconds since 1970
    /// @param settings what is granted
    /// @param missed counts what subscriptions did not get because they did not read
    public record Seams(
            Broker broker,
            Authenticator authenticator,
            Map<Byte, MessageCodec> codecs,
            Supplier<String> uniqueNames,
            LongSupplier wallMs,
            StompSettings settings,
            Counter missed) {
        public Seams {
            codecs = Map.copyOf(codecs);
        }
    }

    public StompProtocol(Seams seams) {
        this.seams = seams;
    }

    /// For [Seams#missed].
    public static Counter missed(Metrics metrics) {
        return metrics.counter(
                "polylog.live.dropped",
                "Messages that a listener at most once did not take in time.",
                new Label("protocol", "stomp"));
    }

    /// The same over WebSocket.
    public Protocol overWebSocket() {
        return new WebSocketProtocol(
                this,
                new WebSocketProtocol.Terms(
                        "stomp_ws",
                        15_674,
                        List.of("v12.stomp", "v11.stomp", "v10.stomp"),
                        WebSocketProtocol.Frames.TEXT,
                        seams.settings.messageBytes() + MOST_HEAD_BYTES));
    }

    @Override
    public String name() {
        return "stomp";
    }

    @Override
    public int defaultPort() {
        return 61_613;
    }

    @Override
    public void accept(ChannelPipeline pipeline) {
        pipeline.addLast("stomp", new StompConnection(seams));
    }
}
