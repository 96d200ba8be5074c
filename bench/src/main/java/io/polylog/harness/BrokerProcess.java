package io.polylog.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/// A broker as a child process, started by the real launcher, which replaces itself with the
/// broker's JVM: the child's process id is the broker's. It keeps its data directory and its ports
/// over restarts. The child dies with this process.
///
/// Used by one thread at a time; the figures may be asked by any.
public final class BrokerProcess implements AutoCloseable {
    private static final int START_SECONDS = 60;
    private static final int STOP_SECONDS = 60;
    private static final int LINES_OF_LOG = 40;
    private static final List<String> PROTOCOLS =
            List.of(
                    "kafka",
                    "amqp",
                    "mqtt",
                    "mqtt_ws",
                    "stomp",
                    "stomp_ws",
                    "nats",
                    "nats_ws",
                    "http");

    private final Path data;
    private final Path log;
    private final List<String> flags;
    private final Map<String, String> variables;
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final Map<String, Integer> listening = new HashMap<>();
    private final Thread killer = new Thread(this::killNow, "kill-child");
    private volatile Process process;
    private Duration startTime = Duration.ZERO;
    private Duration cpuOfEarlier = Duration.ZERO;

    private BrokerProcess(Map<String, String> variables, Path data, Path log, List<String> flags)
            throws IOException, InterruptedException {
        this.variables = Map.copyOf(variables);
        this.data = data;
        this.log = log;
        this.flags = List.copyOf(flags);
        Runtime.getRuntime().addShutdownHook(killer);
        for (String protocol : PROTOCOLS) {
            ports.put(protocol, LastingPorts.next());
        }
        process = launch();
    }

    /// Starts a broker on free ports and waits until it is ready.
    ///
    /// @param data its data directory
    /// @param log where its stderr goes, one start after the other
    /// @param flags more flags of `polylog serve`
    public static BrokerProcess start(Path data, Path log, String... flags)
            throws IOException, InterruptedException {
        return start(Map.of(), data, log, flags);
    }

    /// As the other one, with environment variables beside the inherited ones.
    public static BrokerProcess start(
            Map<String, String> variables, Path data, Path log, String... flags)
            throws IOException, InterruptedException {
        return new BrokerProcess(variables, data, log, List.of(flags));
    }

    /// The port of a protocol; the same after every restart.
    public int port(String protocol) {
        Integer port = listening.get(protocol);
        if (port == null) {
            throw new IllegalStateException("nothing listens for " + protocol);
        }
        return port;
    }

    /// `host:port` of a protocol.
    public String address(String protocol) {
        return "127.0.0.1:" + port(protocol);
    }

    public Path data() {
        return data;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /// From the launcher's start to the `ready` line, of the last start.
    public Duration startTime() {
        return startTime;
    }

    /// SIGKILL, and gone when this returns.
    public void kill9() throws InterruptedException {
        cpuOfEarlier = cpuTime();
        process.destroyForcibly();
        process.waitFor();
    }

    /// SIGTERM; gives the exit code.
    public int terminate() throws InterruptedException {
        cpuOfEarlier = cpuTime();
        process.destroy();
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            killNow();
            throw new IllegalStateException("no end after SIGTERM" + tail());
        }
        return process.exitValue();
    }

    /// Waits until the process ended by itself; gives the exit code.
    public int waitForEnd(Duration limit) throws InterruptedException {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException("still running after " + limit + tail());
        }
        return process.exitValue();
    }

    /// Starts it again on the same data and ports, and waits until it is ready.
    public void restart() throws IOException, InterruptedException {
        if (process.isAlive()) {
            throw new IllegalStateException("still running");
        }
        process = launch();
    }

    /// CPU time of all its lives so far.
    public Duration cpuTime() {
        return cpuOfEarlier.plus(
                process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO));
    }

    /// Resident memory now, in bytes; 0 where the system does not tell.
    public long residentBytes() {
        return residentBytes(pid());
    }

    /// As the other one, of any process of this machine.
    public static long residentBytes(long pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .map(line -> line.replaceAll("\\D", ""))
                    .mapToLong(kib -> Long.parseLong(kib) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException unknown) {
            return 0;
        }
    }

    /// What is alive in its heap, in bytes, after a collection.
    public long liveHeapBytes() throws IOException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Process histogram =
                new ProcessBuilder(jcmd, String.valueOf(pid()), "GC.class_histogram")
                        .redirectErrorStream(true)
                        .start();
        try (var lines = histogram.inputReader()) {
            String total =
                    lines.lines()
                            .filter(line -> line.startsWith("Total"))
                            .findFirst()
                            .orElseThrow(() -> new IOException("jcmd tells no histogram"));
            return Long.parseLong(total.trim().split("\\s+")[2]);
        }
    }

    /// Kills it if it still runs.
    @Override
    public void close() {
        killNow();
        Runtime.getRuntime().removeShutdownHook(killer);
    }

    private Process launch() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(launcher().toString());
        command.addAll(List.of("serve", "--data", data.toString()));
        ports.forEach((protocol, port) -> {
            command.add("--set");
            command.add("listen.ports." + protocol + "=" + port);
        });
        command.addAll(flags);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(variables);
        builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        long started = System.nanoTime();
        Process launched = builder.start();
        process = launched;
        takePorts(awaitReady(launched));
        startTime = Duration.ofNanos(System.nanoTime() - started);
        return launched;
    }

    private String awaitReady(Process launched) throws InterruptedException {
        CompletableFuture<String> ready =
                CompletableFuture.supplyAsync(
                        () -> firstLine(launched), Thread::startVirtualThread);
        try {
            String line = ready.get(START_SECONDS, TimeUnit.SECONDS);
            if (line.startsWith("ready ")) {
                return line;
            }
        } catch (ExecutionException | TimeoutException e) {
            killNow();
            throw new IllegalStateException("the broker is not ready" + tail(), e);
        }
        launched.waitFor(1, TimeUnit.SECONDS);
        killNow();
        throw new IllegalStateException("the broker did not start" + tail());
    }

    /// The broker prints nothing else to stdout; an empty text when it ends without a word.
    private static String firstLine(Process launched) {
        BufferedReader out = launched.inputReader(StandardCharsets.UTF_8);
        return out.lines().findFirst().orElse("");
    }

    private void takePorts(String readyLine) {
        listening.clear();
        for (String part : readyLine.substring("ready ".length()).split(" ", -1)) {
            String protocol = part.substring(0, part.indexOf('='));
            listening.put(protocol, Integer.parseInt(part.substring(part.lastIndexOf(':') + 1)));
        }
    }

    private void killNow() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
        }
    }

    private String tail() {
        try {
            List<String> lines = Files.readAllLines(log);
            int from = Math.max(0, lines.size() - LINES_OF_LOG);
            return "; its log ends with:\n" + String.join("\n", lines.subList(from, lines.size()));
        } catch (IOException e) {
            return "; its log cannot be read: " + e;
        }
    }

    /// The launcher that started this process, else the one of the checkout around the working
    /// directory.
    private static Path launcher() {
        String own = System.getProperty("polylog.launcher");
        if (own != null) {
            return Path.of(own);
        }
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null) {
            Path launcher = folder.resolve("polylog");
            if (Files.isExecutable(launcher) && Files.exists(folder.resolve("broker/pom.xml"))) {
                return launcher;
            }
            folder = folder.getParent();
        }
        throw new IllegalStateException("not inside a checkout of the project");
    }
}
