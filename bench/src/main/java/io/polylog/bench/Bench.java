package io.polylog.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.polylog.harness.BrokerProcess;
import io.polylog.harness.Scratch;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./polylog bench PROTOCOL MODE`: load with the protocol's real client. Exit code 0 when nothing
/// was lost, repeated or refused, 1 else, 2 for a command line that makes no sense.
@Command(
        name = "polylog bench",
        description = "Loads a broker with a protocol's real client and measures it.",
        subcommands = {
            RestartBench.class,
            BacklogBench.class,
            DelayBench.class,
            QueuesBench.class,
            FanOutBench.class,
            PriorityBench.class,
            CrowdBench.class,
            DurablesBench.class,
            WebhookBench.class
        },
        sortOptions = false)
public final class Bench implements Callable<Integer> {
    /// Protocols there is a driver for.
    enum Protocol {
        KAFKA,
        AMQP,
        MQTT,
        STOMP,
        NATS,
        JETSTREAM,
        HTTP
    }

    @Parameters(index = "0", arity = "0..1", description = "One of ${COMPLETION-CANDIDATES}.")
    private @Nullable Protocol protocol;

    @Parameters(
            index = "1",
            arity = "0..1",
            description =
                    "One of ${COMPLETION-CANDIDATES}: publish only, publish and consume, or both"
                            + " at a fixed rate.")
    private LoadSpec.@Nullable Mode mode;

    @Option(
            names = "--size",
            defaultValue = "1024",
            description = "Bytes of a message (${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--rate",
            defaultValue = "-1",
            description =
                    "Messages a second, sent when they are due; 0 for full speed. Default: full"
                            + " speed, 10000 for latency.")
    private int rate;

    @Option(
            names = "--seconds",
            defaultValue = "10",
            description = "How long to measure (${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--warmup",
            defaultValue = "3",
            description = "Seconds of load before (${DEFAULT-VALUE}).")
    private int warmup;

    @Option(
            names = "--clients",
            defaultValue = "1",
            description = "Publishers, and as many consumers (${DEFAULT-VALUE}).")
    private int clients;

    @Option(
            names = "--window",
            defaultValue = "5000",
            description =
                    "Messages of a publisher that may wait for their answer at full speed"
                            + " (${DEFAULT-VALUE}); 1 for one in flight.")
    private int window;

    @Option(
            names = "--prefetch",
            defaultValue = "1000",
            description =
                    "AMQP, STOMP: most messages a consumer has unacknowledged"
                            + " (${DEFAULT-VALUE}).")
    private int prefetch;

    @Option(
            names = "--ack-every",
            defaultValue = "100",
            description = "AMQP, STOMP: messages acknowledged at once (${DEFAULT-VALUE}).")
    private int ackEvery;

    @Option(
            names = "--queue-type",
            defaultValue = "",
            description = "AMQP: x-queue-type of the queue. Default: none.")
    private String queueType = "";

    @Option(
            names = "--qos",
            defaultValue = "1",
            description =
                    "MQTT: quality of service of publishers and consumers (${DEFAULT-VALUE}).")
    private int qos;

    @Option(
            names = "--clean",
            description =
                    "MQTT: consumers' sessions end with their connections; nothing is stored.")
    private boolean clean;

    @Option(
            names = "--request",
            description = "NATS: each message is a request, answered by its consumer.")
    private boolean request;

    @Option(
            names = "--bucket",
            description = "JETSTREAM: messages are values of one key of a key-value bucket.")
    private boolean bucket;

    @Option(
            names = "--batch",
            defaultValue = "1",
            description = "HTTP: messages of a request (${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--connections",
            defaultValue = "64",
            description = "HTTP: of each publisher, each with one request (${DEFAULT-VALUE}).")
    private int connections;

    @Option(
            names = "--address",
            description = "host:port of a running broker. Default: one of its own, thrown away.")
    private @Nullable String address;

    @Option(
            names = "--pid",
            description = "With --address: the broker's process, to measure its CPU time.")
    private @Nullable Long pid;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin
    @SuppressWarnings("UnusedVariable") // read by the parser
    private HelpOption help = new HelpOption();

    /// Runs one load.
    public static void main(String[] arguments) {
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF);
        CommandLine command = new CommandLine(new Bench());
        command.setCaseInsensitiveEnumValuesAllowed(true);
        System.exit(command.execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        if (protocol == null || mode == null) {
            throw new CommandLine.ParameterException(
                    new CommandLine(this), "which protocol and mode?");
        }
        LoadSpec spec = spec(mode);
        if (address != null) {
            return measure(protocol, spec, address, pid);
        }
        try (Scratch scratch = new Scratch("polylog-bench");
                BrokerProcess broker =
                        BrokerProcess.start(scratch.path("data"), scratch.path("broker.log"))) {
            return measure(protocol, spec, broker.address(listener(protocol)), broker.pid());
        }
    }

    private LoadSpec spec(LoadSpec.Mode mode) {
        int fallback = mode == LoadSpec.Mode.LATENCY ? 10_000 : 0;
        try {
            if (pid != null) {
                BrokerCpu.require(pid);
            }
            return new LoadSpec(
                    mode, size, rate < 0 ? fallback : rate, seconds, warmup, clients, window);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.ParameterException(
                    new CommandLine(this), String.valueOf(e.getMessage()), e);
        }
    }

    private int measure(Protocol protocol, LoadSpec spec, String address, @Nullable Long brokerPid)
            throws Exception {
        Driver driver =
                switch (protocol) {
                    case KAFKA -> new KafkaDriver(address);
                    case AMQP ->
                            new AmqpDriver(
                                    address, new AmqpDriver.Terms(prefetch, ackEvery, queueType));
                    case MQTT -> new MqttDriver(address, new MqttDriver.Terms(qos, !clean));
                    case STOMP ->
                            new StompDriver(address, new StompDriver.Terms(prefetch, ackEvery));
                    case NATS -> new NatsDriver(address, request);
                    case JETSTREAM -> new JetStreamDriver(address, bucket);
                    case HTTP -> new HttpDriver(address, new HttpDriver.Terms(connections, batch));
                };
        Load load = new Load(spec, driver);
        Figures figures = brokerPid == null ? load.run() : load.watching(brokerPid).run();
        Result result = Result.of(name(protocol), spec, figures);
        driver.end();
        System.out.print(json ? result.json() + "\n" : result.text());
        return result.wrong().isEmpty() && result.refused() == 0 ? 0 : 1;
    }

    private static String name(Protocol protocol) {
        return switch (protocol) {
            case KAFKA -> "kafka";
            case AMQP -> "amqp";
            case MQTT -> "mqtt";
            case STOMP -> "stomp";
            case NATS -> "nats";
            case JETSTREAM -> "jetstream";
            case HTTP -> "http";
        };
    }

    /// What it connects to.
    private static String listener(Protocol protocol) {
        return protocol == Protocol.JETSTREAM ? "nats" : name(protocol);
    }
}
