package io.polylog.protocol.kafka;

import io.netty.channel.ChannelPipeline;
import io.polylog.broker.Broker;
import io.polylog.message.MessageCodec;
import io.polylog.net.Protocol;
import java.util.Collection;

/// The Kafka protocol on one listener. Made by `server`; safe from any thread.
public final class KafkaProtocol implements Protocol, AutoCloseable {
    private final KafkaNode node;

    /// @param codecs every encoding that may be found in the log, Kafka's own included
    public KafkaProtocol(
            Broker broker, KafkaSettings settings, Collection<? extends MessageCodec> codecs) {
        node = new KafkaNode(broker, settings, codecs);
    }

    @Override
    public String name() {
        return "kafka";
    }

    @Override
    public int defaultPort() {
        return 9092;
    }

    @Override
    public void accept(ChannelPipeline pipeline) {
        pipeline.addLast("kafka", new KafkaConnection(node));
    }

    /// Stops the group coordinator, if one was started. Close the listener first.
    @Override
    public void close() {
        node.close();
    }
}
