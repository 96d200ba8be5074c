package io.polylog.protocol.kafka;

import io.polylog.broker.Broker;
import io.polylog.message.MessageCodec;
import io.polylog.net.ConnectionLimits;
import io.polylog.net.Connections;
import io.polylog.net.EventLoops;
import io.polylog.net.Listener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

/// The adapter on a free port, over any broker.
final class KafkaServer implements AutoCloseable {
    private final EventLoops loops = new EventLoops(2);
    private final KafkaProtocol protocol;
    private final Listener listener;

    KafkaServer(Broker broker) throws IOException {
        this(broker, KafkaSettings.defaults("test-cluster"));
    }

    KafkaServer(Broker broker, KafkaSettings settings, MessageCodec... others) throws IOException {
        List<MessageCodec> codecs = new java.util.ArrayList<>(List.of(others));
        codecs.addAll(KafkaBatchCodec.all());
        codecs.add(new KafkaRecordCodec());
        protocol = new KafkaProtocol(broker, settings, codecs);
        listener =
                Listener.open(
                        loops,
                        protocol,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        ConnectionLimits.DEFAULT,
                        new Connections(System::currentTimeMillis));
    }

    InetSocketAddress address() {
        return listener.address();
    }

    int connections() {
        return listener.connections();
    }

    /// Where clients start.
    Map<String, Object> bootstrap() {
        return Map.of("bootstrap.servers", "127.0.0.1:" + address().getPort());
    }

    @Override
    public void close() {
        listener.close();
        protocol.close();
        loops.close();
    }
}
