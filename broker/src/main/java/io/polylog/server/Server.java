package io.polylog.server;

import io.polylog.admin.AdminServer;
import io.polylog.config.Config;
import io.polylog.io.Threads;
import io.polylog.metrics.Label;
import io.polylog.metrics.Metrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.function.Consumer;

/// One running broker. Made by [#start], which returns when every listener accepts; closed once.
///
/// Start and close may be called on any thread, one at a time.
public final class Server implements AutoCloseable {
    private final Config config;
    private final Threads threads;
    private final Metrics metrics = new Metrics();
    private final Closing closing = new Closing();
    private volatile boolean ready;
    private Addresses addresses = new Addresses(Map.of());

    private Server(Config config, Consumer<Throwable> onFailure) {
        this.config = config;
        this.threads = new Threads((_, failure) -> onFailure.accept(failure));
    }

    /// Starts a broker.
    ///
    /// @param onFailure told, on any thread, when it can no longer keep its promises (the log
    ///   failed, a thread of it died): nothing is acknowledged any more, and the process should end
    public static Server start(Config config, Consumer<Throwable> onFailure) throws StartException {
        Server server = new Server(config, onFailure);
        try {
            server.open();
            return server;
        } catch (StartException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /// Where it listens.
    public Addresses addresses() {
        return addresses;
    }

    /// Stops accepting, finishes what was accepted, writes a checkpoint.
    @Override
    public void close() {
        ready = false;
        closing.close();
    }

    private void open() throws StartException {
        metrics.gauge(
                "polylog.up",
                "1, with the node's name.",
                () -> 1,
                new Label("node", config.node().name()));
        Listeners listeners = new Listeners(config.listen());
        InParallel http = new InParallel(threads, "http", () -> listeners.open("http", this::http));
        http.await();
        addresses = listeners.addresses();
        ready = true;
    }

    private InetSocketAddress http(InetSocketAddress address) throws IOException {
        AdminServer admin = closing.add(AdminServer.open(address, () -> ready, metrics));
        return new InetSocketAddress(address.getAddress(), admin.port());
    }
}
