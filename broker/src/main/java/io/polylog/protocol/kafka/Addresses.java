package io.polylog.protocol.kafka;

import io.polylog.protocol.kafka.KafkaSettings.HostAndPort;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/// Where clients are told to go. Stateless; any thread.
final class Addresses {
    private Addresses() {}

    /// What is advertised, or else the address this client used.
    static HostAndPort of(KafkaConnection connection) {
        HostAndPort advertised = connection.node().settings().advertised();
        if (advertised != null) {
            return advertised;
        }
        SocketAddress local = connection.channel().localAddress();
        return local instanceof InetSocketAddress address
                ? new HostAndPort(address.getAddress().getHostAddress(), address.getPort())
                : new HostAndPort("localhost", 0);
    }
}
