package io.polylog.protocol.amqp091;

import io.netty.channel.ChannelPipeline;
import io.polylog.broker.Broker;
import io.polylog.broker.ExchangeSpec;
import io.polylog.message.MessageCodec;
import io.polylog.message.TopicName;
import io.polylog.metrics.Counter;
import io.polylog.metrics.Label;
import io.polylog.metrics.Metrics;
import io.polylog.net.Protocol;
import io.polylog.security.Authenticator;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// AMQP 0-9-1, the protocol of RabbitMQ's clients. One per listener; any thread.
public final class Amqp091Protocol implements Protocol {
    private final Seams seams;

    /// What the adapter needs from others.
    ///
    /// @param broker the core
    /// @param authenticator who may connect
    /// @param codecs opens what other protocols stored, by encoding
    /// @param uniqueNames gives a name never given before, of at most 32 letters, digits, `-`, `_`
    /// @param wallMs milliseconds since 1970
    /// @param settings what is granted
    /// @param lostReplies counts replies to someone who has gone
    public record Seams(
            Broker broker,
            Authenticator authenticator,
            Map<Byte, MessageCodec> codecs,
            Supplier<String> uniqueNames,
            LongSupplier wallMs,
            AmqpSettings settings,
            Counter lostReplies) {
        public Seams {
            codecs = Map.copyOf(codecs);
        }
    }

    public Amqp091Protocol(Seams seams) {
        this.seams = seams;
    }

    /// For [Seams#lostReplies].
    public static Counter lostReplies(Metrics metrics) {
        return metrics.counter(
                "polylog.replies.dropped",
                "Replies to an address of direct reply-to that nobody has any more (gone).",
                new Label("cause", "gone"));
    }

    /// The exchanges that every namespace has from the start.
    public static List<ExchangeSpec> predeclaredExchanges() {
        return ExchangeMethods.predeclared(TopicName.DEFAULT_NAMESPACE);
    }

    @Override
    public String name() {
        return "amqp";
    }

    @Override
    public int defaultPort() {
        return 5672;
    }

    @Override
    public void accept(ChannelPipeline pipeline) {
        pipeline.addLast("amqp", new AmqpConnection(seams));
    }
}
