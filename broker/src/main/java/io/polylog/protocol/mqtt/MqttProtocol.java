package io.polylog.protocol.mqtt;

import io.netty.channel.ChannelPipeline;
import io.netty.util.concurrent.EventExecutor;
import io.polylog.broker.Broker;
import io.polylog.message.MessageCodec;
import io.polylog.metrics.Counter;
import io.polylog.metrics.Label;
import io.polylog.metrics.Metrics;
import io.polylog.net.Protocol;
import io.polylog.security.Authenticator;
import io.polylog.security.Permissions;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// MQTT. One for all its listeners; any thread.
public final class MqttProtocol implements Protocol, AutoCloseable {
    private final MqttNode node;

    /// What the adapter needs from others.
    ///
    /// @param broker the core
    /// @param authenticator who may connect
    /// @param permissions what somebody may publish and subscribe to
    /// @param codecs opens what other protocols stored, by encoding
    /// @param uniqueNames gives a name never given before, of at most 32 letters, digits, `-`, `_`
    /// @param wallMs milliseconds since 1970
    /// @param settings what is granted
    /// @param home a loop for what belongs to no connection
    /// @param version of the broker
    /// @param lost counts messages of QoS 0 that their receiver did not take
    public record Seams(
            Broker broker,
            Authenticator authenticator,
            Permissions permissions,
            Map<Byte, MessageCodec> codecs,
            Supplier<String> uniqueNames,
            LongSupplier wallMs,
            MqttSettings settings,
            EventExecutor home,
            String version,
            Counter lost) {
        public Seams {
            codecs = Map.copyOf(codecs);
        }
    }

    private MqttProtocol(MqttNode node) {
        this.node = node;
    }

    /// Brings the sessions back that there were before the last stop, and waits until they are
    /// there. Not on an event loop.
    public static MqttProtocol open(Seams seams) {
        MqttNode node = MqttNode.of(seams);
        node.home().start().toCompletableFuture().join();
        return new MqttProtocol(node);
    }

    /// For [Seams#lost].
    public static Counter lost(Metrics metrics) {
        return metrics.counter(
                "polylog.live.dropped",
                "Messages that a listener at most once did not take in time.",
                new Label("protocol", "mqtt"));
    }

    @Override
    public String name() {
        return "mqtt";
    }

    @Override
    public int defaultPort() {
        return 1883;
    }

    @Override
    public void accept(ChannelPipeline pipeline) {
        pipeline.addLast("mqtt", new MqttConnection(node));
    }

    /// Finishes what is under way for sessions without a connection. Close the listeners first.
    @Override
    public void close() {
        node.home().close();
    }
}
