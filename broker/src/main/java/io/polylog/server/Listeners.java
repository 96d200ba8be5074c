package io.polylog.server;

import io.polylog.config.ListenSection;
import io.polylog.config.Port;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens what the configuration asks for: a default port that is taken is skipped with a warning,
/// one that was asked for must be had. Any thread.
final class Listeners {
    private static final Logger log = LoggerFactory.getLogger(Listeners.class);

    private final ListenSection settings;
    private final InetAddress host;
    private final Set<String> served = ConcurrentHashMap.newKeySet();
    private final Map<String, InetSocketAddress> opened = new ConcurrentHashMap<>();

    /// Opens one protocol's listener.
    @FunctionalInterface
    interface Opener {
        /// Opens it and gives where it listens.
        InetSocketAddress open(InetSocketAddress address) throws IOException;
    }

    Listeners(ListenSection settings) throws StartException {
        this.settings = settings;
        this.host = host(settings);
    }

    /// Opens the listener of one protocol, if it is to have one.
    void open(String protocol, Opener opener) throws StartException {
        ListenSection.Asked asked = settings.ports().get(protocol);
        if (asked == null) {
            throw new IllegalArgumentException("no such port: " + protocol);
        }
        served.add(protocol);
        Optional<Integer> port = number(asked.port());
        if (port.isPresent()) {
            InetSocketAddress address = new InetSocketAddress(host, port.get());
            open(protocol, opener, address, asked.explicit());
        }
    }

    /// Where was listened in the end, in the order of the settings.
    Addresses addresses() throws StartException {
        if (opened.isEmpty()) {
            throw new StartException("nothing to listen on: every port is off or in use", null);
        }
        Map<String, InetSocketAddress> ordered = new LinkedHashMap<>();
        settings.ports()
                .forEach((protocol, asked) -> {
                    InetSocketAddress address = opened.get(protocol);
                    if (address != null) {
                        ordered.put(protocol, address);
                    } else if (isMissing(protocol, asked)) {
                        log.warn("listen.ports.{}: not served yet", protocol);
                    }
                });
        return new Addresses(ordered);
    }

    private void open(String protocol, Opener opener, InetSocketAddress address, boolean explicit)
            throws StartException {
        try {
            opened.put(protocol, opener.open(address));
        } catch (IOException e) {
            if (explicit || !isTaken(e)) {
                String out = "; choose another with --set listen.ports." + protocol + "=PORT";
                throw new StartException(refusal(protocol, address, e) + out + ", or auto", e);
            }
            log.warn("{}; going on without {}", refusal(protocol, address, e), protocol);
        }
    }

    private boolean isMissing(String protocol, ListenSection.Asked asked) {
        boolean wanted = asked.explicit() && !(asked.port() instanceof Port.Off);
        return wanted && !served.contains(protocol);
    }

    private static String refusal(String protocol, InetSocketAddress address, IOException e) {
        String where = address.getAddress().getHostAddress() + " port " + address.getPort();
        return isTaken(e)
                ? where + " for " + protocol + " is in use"
                : "cannot listen on " + where + " for " + protocol + ": " + e.getMessage();
    }

    /// Netty's own sockets throw an exception of theirs with the system's words.
    private static boolean isTaken(IOException e) {
        Throwable cause = e instanceof BindException || e.getCause() == null ? e : e.getCause();
        return cause instanceof BindException
                || String.valueOf(cause.getMessage()).contains("Address already in use");
    }

    private static Optional<Integer> number(Port port) {
        return switch (port) {
            case Port.Off() -> Optional.empty();
            case Port.Auto() -> Optional.of(0);
            case Port.At(int number) -> Optional.of(number);
        };
    }

    private static InetAddress host(ListenSection settings) throws StartException {
        try {
            return InetAddress.getByName(settings.host());
        } catch (UnknownHostException e) {
            throw new StartException("listen.host = " + settings.host() + " is not known", e);
        }
    }
}
