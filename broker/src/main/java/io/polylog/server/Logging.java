package io.polylog.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.polylog.config.TelemetrySection;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// Brings every library's lines to one place: stderr, in one form.
final class Logging {
    private Logging() {}

    /// Call before anything logs.
    static void bridge() {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
    }

    static void apply(TelemetrySection settings) {
        Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.toLevel(settings.logLevel()));
    }
}
