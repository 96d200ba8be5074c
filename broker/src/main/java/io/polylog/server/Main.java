package io.polylog.server;

import io.polylog.config.Config;
import io.polylog.config.ConfigException;
import io.polylog.config.ConfigReader;
import io.polylog.io.RealDisk;
import io.polylog.io.Threads;
import io.polylog.server.ServeArguments.UsageException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The broker's process: `polylog serve`. Exits with 0 when asked to stop, 1 when it could not
/// start or failed, 2 when the command line or the configuration makes no sense.
public final class Main {
    private static final Logger log = LoggerFactory.getLogger(Main.class);
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    private volatile @Nullable Server server;
    private volatile boolean leaving;

    private Main() {}

    /// Starts a broker and stays until it is told to stop.
    public static void main(String[] arguments) throws InterruptedException {
        Logging.bridge();
        new Main().run(List.of(arguments));
    }

    private void run(List<String> arguments) throws InterruptedException {
        if (arguments.contains("--help") || arguments.contains("-h")) {
            System.out.println(ServeArguments.USAGE);
            return;
        }
        new Threads((_, failure) -> fail(failure)).onExit("stop", this::stop);
        try {
            start(arguments);
        } catch (UsageException e) {
            leave(USAGE, List.of(String.valueOf(e.getMessage()), ServeArguments.USAGE));
        } catch (ConfigException e) {
            leave(USAGE, e.problems());
        } catch (StartException e) {
            leave(FAILED, List.of(String.valueOf(e.getMessage())));
        }
        new CountDownLatch(1).await(); // the process ends by a signal or by a failure
    }

    private void start(List<String> arguments)
            throws UsageException, ConfigException, StartException {
        ConfigReader reader =
                new ConfigFiles(new RealDisk())
                        .read(ServeArguments.parse(arguments), System.getenv());
        Config config = reader.read();
        Logging.apply(config.telemetry());
        reader.warnings().forEach(log::warn);
        Server started = Server.start(config, this::fail);
        server = started;
        System.out.println(started.addresses().readyLine());
        System.out.flush();
    }

    /// SIGTERM or SIGINT: an orderly end, and the exit code says so.
    private void stop() {
        if (leaving) {
            return; // this end has its own exit code
        }
        Server running = server;
        if (running != null) {
            running.close();
        }
        Runtime.getRuntime().halt(0);
    }

    /// A promise can no longer be kept: end at once, so that nothing more is answered.
    private void fail(Throwable failure) {
        System.err.println("polylog: stopping at once: " + failure.getMessage());
        failure.printStackTrace();
        Runtime.getRuntime().halt(FAILED);
    }

    private void leave(int code, List<String> why) {
        leaving = true;
        why.forEach(line -> System.err.println("polylog: " + line));
        System.exit(code);
    }
}
