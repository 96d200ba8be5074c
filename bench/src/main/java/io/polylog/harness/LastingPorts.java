package io.polylog.harness;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/// TCP ports that are still free when a broker which listened on them comes back. What the system
/// gives for port 0 is from the range of which it also serves outgoing connections: while a broker
/// is down, somebody's connection may take its port. These are below that range, and this process
/// gives each of them once.
///
/// Any thread.
final class LastingPorts {
    /// Above the ports that protocols have by convention, below Linux' range for connections.
    private static final int FIRST = 20_000;

    private static final int COUNT = 12_000;

    /// Processes that test side by side begin at different places.
    private static final AtomicInteger GIVEN =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

    private LastingPorts() {}

    /// A port on which nobody listens at 127.0.0.1.
    ///
    /// @throws IOException if all are taken
    static int next() throws IOException {
        for (int tried = 0; tried < COUNT; tried++) {
            int port = FIRST + Math.floorMod(GIVEN.getAndIncrement(), COUNT);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IOException("no port is free from " + FIRST + " to " + (FIRST + COUNT - 1));
    }

    private static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
