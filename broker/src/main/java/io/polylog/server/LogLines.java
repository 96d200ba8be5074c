package io.polylog.server;

import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.jul.LevelChangePropagator;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;

/// The form of the broker's log: lines on stderr; stdout holds the ready line only. Set up in code,
/// because reading an XML file takes a tenth of the start. A file still wins: one named by
/// `-Dlogback.configurationFile=FILE` (in `POLYLOG_JAVA_OPTS`), or the tests' own. Found by logback
/// as a service, on the thread that logs first.
public final class LogLines extends ContextAwareBase implements Configurator {
    private static final String PATTERN =
            "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{0}: %msg%n";

    @Override
    public ExecutionStatus configure(LoggerContext logs) {
        boolean hasFile =
                System.getProperty(ClassicConstants.CONFIG_FILE_PROPERTY) != null
                        || ClassLoader.getSystemResource(ClassicConstants.TEST_AUTOCONFIG_FILE)
                                != null;
        if (hasFile) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        Logger root = logs.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(stderr(logs));
        // What Kafka's coordinator finds worth saying, nobody else does.
        logs.getLogger("org.apache.kafka").setLevel(Level.WARN);
        // Who says a schema is told what is wrong with it.
        logs.getLogger("com.networknt").setLevel(Level.OFF);
        keepQuietLibrariesQuiet(logs);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static ConsoleAppender<ILoggingEvent> stderr(LoggerContext logs) {
        PatternLayoutEncoder lines = new PatternLayoutEncoder();
        lines.setContext(logs);
        lines.setPattern(PATTERN);
        lines.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(logs);
        appender.setName("stderr");
        appender.setTarget("System.err");
        appender.setEncoder(lines);
        appender.start();
        return appender;
    }

    /// Keeps java.util.logging from making lines below the levels set here.
    private static void keepQuietLibrariesQuiet(LoggerContext logs) {
        LevelChangePropagator propagator = new LevelChangePropagator();
        propagator.setContext(logs);
        propagator.setResetJUL(true);
        propagator.start();
        logs.addListener(propagator);
    }
}
