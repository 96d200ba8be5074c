package io.polylog.server;

import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// Where a running broker listens, by protocol, in the order of the `ready` line.
public record Addresses(Map<String, InetSocketAddress> byProtocol) {
    public Addresses {
        byProtocol = Collections.unmodifiableMap(new LinkedHashMap<>(byProtocol));
    }

    /// The port of a protocol that is listened for.
    public int port(String protocol) {
        InetSocketAddress address = byProtocol.get(protocol);
        if (address == null) {
            throw new IllegalArgumentException("nothing listens for " + protocol);
        }
        return address.getPort();
    }

    /// `ready kafka=127.0.0.1:9092 ...`: what scripts wait for.
    public String readyLine() {
        return byProtocol.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + text(entry.getValue()))
                .collect(Collectors.joining(" ", "ready ", ""));
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
