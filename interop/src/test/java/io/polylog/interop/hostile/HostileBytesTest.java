package io.polylog.interop.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.BrokerProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Nonsense on the ports of a real broker: each connection ends at once with what its protocol says
/// to that, nobody else notices, and nobody makes the broker hold much.
@Tag("slow")
class HostileBytesTest {
    private static final Duration AT_ONCE = Duration.ofSeconds(1);
    private static final Duration BEFORE_LOGIN = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration TOLERANCE = Duration.ofMillis(1_500);
    private static final int HELD_BYTES = 64 << 10;
    private static final int CROWD = 500;

    /// A begun piece of the buffer pool for each of the two event loops.
    private static final int POOL_SLACK_BYTES = 8 << 20;

    private static final int FIRST_FRAME_BYTES = 4096;
    private static final int TWO_GB = Integer.MAX_VALUE;

    private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)K");

    private static final byte[] HTTP = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII);
    private static final byte[] WEB_SOCKET =
            ("GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    .getBytes(US_ASCII);
    private static final byte[] TLS = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xFC, 3, 3};

    /// ApiVersions 0 without a client id, correlation id 7.
    private static final byte[] API_VERSIONS =
            Arrays.copyOf(words(10, 18 << 16, 7, 0xFFFF << 16), 14);

    @TempDir private static Path folder;

    private static BrokerProcess broker;

    /// With a heap that is all there from the beginning: then resident memory grows by what lies
    /// outside it.
    @BeforeAll
    static void startBroker() throws Exception {
        Map<String, String> wholeHeap = Map.of("POLYLOG_JAVA_OPTS", "-Xms192m -XX:+AlwaysPreTouch");
        broker =
                BrokerProcess.start(
                        wholeHeap, folder.resolve("data"), folder.resolve("broker.log"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    static Stream<Arguments> strangers() {
        byte[] refused = AmqpBytes.HEADER;
        byte[] silent = {};
        return Stream.of(
                Arguments.of("kafka", "HTTP", HTTP, silent),
                Arguments.of("kafka", "TLS", TLS, silent),
                Arguments.of("kafka", "AMQP", AmqpBytes.HEADER, silent),
                Arguments.of("kafka", "2 GB", words(TWO_GB, 0), silent),
                Arguments.of("kafka", "a negative length", words(-1, 0), silent),
                Arguments.of("kafka", "an unknown request", words(8, 12345 << 16, 1), silent),
                Arguments.of("amqp", "HTTP", HTTP, refused),
                Arguments.of("amqp", "TLS", TLS, refused),
                Arguments.of("amqp", "Kafka", API_VERSIONS, refused),
                Arguments.of("amqp", "AMQP 1.0", "AMQP\0\1\0\0".getBytes(US_ASCII), refused));
    }

    @ParameterizedTest(name = "{1} on the port of {0}")
    @MethodSource("strangers")
    void another_protocol_is_told_so_and_closed(
            String port, String what, byte[] sent, byte[] answer) throws Exception {
        try (Socket socket = connect(port)) {
            socket.getOutputStream().write(sent);

            assertThat(answerWithin(AT_ONCE, socket)).as(what).isEqualTo(answer);
        }
        assertEverybodyElseIsServed();
    }

    static Stream<Arguments> strangersToNats() {
        return Stream.of(
                Arguments.of("HTTP", HTTP),
                Arguments.of("TLS", TLS),
                Arguments.of("AMQP", AmqpBytes.HEADER),
                Arguments.of("Kafka", API_VERSIONS));
    }

    @ParameterizedTest(name = "{0} on the port of nats")
    @MethodSource("strangersToNats")
    void what_is_no_nats_is_told_so_and_closed(String what, byte[] sent) throws Exception {
        try (Socket socket = connect("nats")) {
            socket.getOutputStream().write(sent);

            assertThat(new String(answerWithin(AT_ONCE, socket), US_ASCII))
                    .as(what)
                    .startsWith("INFO {")
                    .endsWith("\r\n-ERR 'Unknown Protocol Operation'\r\n");
        }
        assertEverybodyElseIsServed();
    }

    static Stream<Arguments> strangersToHttp() {
        byte[] mail = "EHLO x\r\n\r\n".getBytes(US_ASCII);
        byte[] nats = "CONNECT {}\r\n\r\n".getBytes(US_ASCII);
        byte[] endless = new byte[9_000];
        Arrays.fill(endless, (byte) 'x');
        byte[] newer = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);
        return Stream.of(
                Arguments.of("SMTP", mail, 400),
                Arguments.of("NATS", nats, 400),
                Arguments.of("HTTP/2", newer, 404),
                Arguments.of("a line without an end", endless, 414));
    }

    @ParameterizedTest(name = "{0} on the port of http")
    @MethodSource("strangersToHttp")
    void what_is_no_http_is_told_so(String what, byte[] sent, int status) throws Exception {
        try (Socket socket = connect("http")) {
            socket.getOutputStream().write(sent);

            assertThat(beginning(socket)).as(what).startsWith("HTTP/1.1 " + status);
        }
        assertEverybodyElseIsServed();
    }

    private static String beginning(Socket socket) throws IOException {
        socket.setSoTimeout((int) AT_ONCE.toMillis());
        return new String(socket.getInputStream().readNBytes(12), US_ASCII);
    }

    static Stream<Arguments> strangersToWebSocket() {
        byte[] unmasked = {(byte) 0x81, 2, '{', '}'};
        byte[] large = {(byte) 0x81, (byte) 0xFF, 0, 0, 0, 0, 0x7F, 0, 0, 0, 1, 2, 3, 4};
        byte[] binary = {(byte) 0x82, (byte) 0x81, 0, 0, 0, 0, 0};
        byte[] noText = {(byte) 0x81, (byte) 0x81, 0, 0, 0, 0, (byte) 0xFF};
        return Stream.of(
                Arguments.of("HTTP", HTTP, 1002),
                Arguments.of("TLS", TLS, 1002),
                Arguments.of("AMQP", AmqpBytes.HEADER, 1002),
                Arguments.of("Kafka", API_VERSIONS, 1002),
                Arguments.of("a frame without a mask", unmasked, 1002),
                Arguments.of("a frame of 2 GB", large, 1009),
                Arguments.of("binary", binary, 1003),
                Arguments.of("no UTF-8", noText, 1007));
    }

    @ParameterizedTest(name = "{0} on a WebSocket")
    @MethodSource("strangersToWebSocket")
    void what_is_no_websocket_gets_its_code_and_is_closed(String what, byte[] sent, int code)
            throws Exception {
        try (Socket socket = connect("http")) {
            socket.getOutputStream().write(WEB_SOCKET);
            socket.getOutputStream().write(sent);

            byte[] answer = answerWithin(AT_ONCE, socket);
            String text = new String(answer, ISO_8859_1);
            assertThat(text).startsWith("HTTP/1.1 101 ");
            ByteBuffer frame = ByteBuffer.wrap(answer).position(text.indexOf("\r\n\r\n") + 4);
            assertThat(frame.get() & 0xFF).as(what).isEqualTo(0x88);
            frame.get();
            assertThat(frame.getShort()).as(what).isEqualTo((short) code);
        }
        assertEverybodyElseIsServed();
    }

    static Stream<Arguments> malformed() {
        byte[] noEnd = AmqpBytes.startOk();
        noEnd[noEnd.length - 1] = 0;
        byte[] cutShort = AmqpBytes.method(0, 10, 11, new byte[] {0, 0, 1, 0});
        byte[] heldBack = AmqpBytes.method(1, 20, 10, new byte[1]);
        return Stream.of(
                Arguments.of("a frame of 2 GB", AmqpBytes.beginning(1, 0, TWO_GB), 501),
                Arguments.of("a frame of -1 bytes", AmqpBytes.beginning(1, 0, -1), 501),
                Arguments.of("a frame without its end", noEnd, 501),
                Arguments.of("a frame of no kind", AmqpBytes.frame(77, 0, new byte[4]), 501),
                Arguments.of("a method that is cut short", cutShort, 502),
                Arguments.of("a method nobody knows", AmqpBytes.method(0, 10, 999), 503),
                Arguments.of("a channel before the log-in", heldBack, 503));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void what_is_no_amqp_before_the_log_in_gets_its_code(String what, byte[] sent, int code)
            throws Exception {
        try (Socket socket = connect("amqp")) {
            socket.getOutputStream().write(AmqpBytes.HEADER);
            socket.getOutputStream().write(sent);

            assertThat(AmqpBytes.closeCode(answerWithin(AT_ONCE, socket))).isEqualTo(code);
        }
        assertEverybodyElseIsServed();
    }

    static Stream<Arguments> malformedAfterLogIn() {
        byte[] publish = AmqpBytes.method(1, 60, 40, new byte[2], new byte[1], new byte[2]);
        byte[] huge = concat(publish, AmqpBytes.contentHeader(1, TWO_GB));
        return Stream.of(
                Arguments.of("a frame of 2 GB", AmqpBytes.beginning(3, 1, TWO_GB), 501),
                Arguments.of("a message of 2 GB", huge, 406),
                Arguments.of("a body without a header", AmqpBytes.frame(3, 1, new byte[9]), 505));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformedAfterLogIn")
    void what_is_no_amqp_after_the_log_in_gets_its_code(String what, byte[] sent, int code)
            throws Exception {
        try (Socket socket = connect("amqp")) {
            AmqpBytes.open(socket);
            socket.getOutputStream().write(sent);

            socket.setSoTimeout((int) AT_ONCE.toMillis());
            byte[] answer = new byte[4096];
            int length = socket.getInputStream().read(answer);
            assertThat(AmqpBytes.closeCode(Arrays.copyOf(answer, length))).isEqualTo(code);
        }
        assertEverybodyElseIsServed();
    }

    @Test
    void a_kafka_request_of_2_gb_is_refused_however_well_the_client_began() throws Exception {
        try (Socket socket = connect("kafka")) {
            assertThat(speaksKafka(socket)).isTrue();
            socket.getOutputStream().write(words(TWO_GB, 0));

            assertThat(answerWithin(AT_ONCE, socket)).isEmpty();
        }
        assertEverybodyElseIsServed();
    }

    @Test
    void who_does_not_come_to_the_point_is_closed_after_ten_seconds() throws Exception {
        try (ExecutorService all = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Duration>> lives = new ArrayList<>();
            for (String port : List.of("kafka", "amqp", "nats", "http")) {
                lives.add(all.submit(() -> trickle(port, new byte[0])));
                lives.add(all.submit(() -> trickle(port, beginning(port))));
            }
            for (Future<Duration> life : lives) {
                assertThat(life.get())
                        .isBetween(BEFORE_LOGIN.minus(TOLERANCE), BEFORE_LOGIN.plus(TOLERANCE));
            }
        }
    }

    @ParameterizedTest(name = "on the port of {0}")
    @ValueSource(strings = {"kafka", "amqp"})
    void a_crowd_of_unfinished_frames_holds_little(String port) throws Exception {
        List<Socket> crowd = new ArrayList<>();
        byte[] unfinished = unfinished(port);
        try {
            join(crowd, port, unfinished); // makes the broker load and compile what it needs
            long before = heldBytes();
            join(crowd, port, unfinished);
            long moreBytes = heldBytes() - before;

            System.out.printf(
                    "%,d bytes from each of %d strangers to %s: %,d bytes held for each%n",
                    unfinished.length, CROWD, port, moreBytes / CROWD);
            assertThat(moreBytes).isLessThan((long) HELD_BYTES * CROWD + POOL_SLACK_BYTES);
        } finally {
            for (Socket socket : crowd) {
                socket.close();
            }
        }
    }

    private static void join(List<Socket> crowd, String port, byte[] sent) throws IOException {
        for (int i = 0; i < CROWD; i++) {
            Socket socket = connect(port);
            crowd.add(socket);
            socket.getOutputStream().write(sent);
        }
        assertEverybodyElseIsServed();
    }

    /// The most that a stranger may send without coming to an end.
    private static byte[] unfinished(String port) {
        if (port.equals("kafka")) {
            return ByteBuffer.allocate(HELD_BYTES - 1).putInt(HELD_BYTES).array();
        }
        byte[] frame = AmqpBytes.beginning(1, 0, FIRST_FRAME_BYTES - 8);
        return concat(AmqpBytes.HEADER, frame, new byte[FIRST_FRAME_BYTES - 16]);
    }

    /// What the broker holds in its heap and outside it.
    private static long heldBytes() throws Exception {
        String pid = Long.toString(broker.pid());
        jcmd(pid, "GC.run");
        String heap = jcmd(pid, "GC.heap_info").replaceFirst("(?s)Metaspace.*", "");
        long usedKib =
                HEAP_USED
                        .matcher(heap)
                        .results()
                        .mapToLong(part -> Long.parseLong(part.group(1)))
                        .sum();
        assertThat(usedKib).as(heap).isPositive();
        return usedKib * 1024 + broker.residentBytes();
    }

    private static String jcmd(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), US_ASCII);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    /// How long a connection lives that sends one byte a second.
    private static Duration trickle(String port, byte[] bytes) throws IOException {
        long began = System.nanoTime();
        try (Socket socket = connect(port)) {
            socket.setSoTimeout(1_000);
            int next = 0;
            while (!isOver(socket)) {
                if (next < bytes.length) {
                    socket.getOutputStream().write(bytes[next++]);
                }
            }
        }
        return Duration.ofNanos(System.nanoTime() - began);
    }

    private static byte[] beginning(String port) {
        return switch (port) {
            case "amqp" -> concat(AmqpBytes.HEADER, AmqpBytes.startOk());
            case "http" -> "GET /metrics HTTP/1.1".getBytes(US_ASCII);
            case "nats" -> "CONNECT {\"verbose\":false}".getBytes(US_ASCII);
            default -> words(HELD_BYTES, 18 << 16, 0, 0, 0, 0, 0);
        };
    }

    /// Waits a second for the end; what comes before it does not count.
    private static boolean isOver(Socket socket) {
        try {
            return socket.getInputStream().read(new byte[4096]) < 0;
        } catch (SocketTimeoutException alive) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    private static void assertEverybodyElseIsServed() throws IOException {
        try (Socket kafka = connect("kafka");
                Socket amqp = connect("amqp")) {
            assertThat(speaksKafka(kafka)).isTrue();
            amqp.setSoTimeout((int) PATIENCE.toMillis());
            AmqpBytes.open(amqp);
        }
    }

    private static boolean speaksKafka(Socket socket) throws IOException {
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.getOutputStream().write(API_VERSIONS);
        byte[] answer = socket.getInputStream().readNBytes(8);
        ByteBuffer rest = ByteBuffer.wrap(answer);
        int length = rest.getInt();
        socket.getInputStream().skipNBytes(length - 4L);
        return rest.getInt() == 7;
    }

    private static Socket connect(String port) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), broker.port(port));
    }

    /// All that is said until the broker closes, which it must do in time.
    private static byte[] answerWithin(Duration limit, Socket socket) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        while (true) {
            long leftMs = (deadline - System.nanoTime()) / 1_000_000;
            assertThat(leftMs).as("milliseconds left; answered so far: %s", answer).isPositive();
            socket.setSoTimeout((int) leftMs);
            int length = socket.getInputStream().read(buffer);
            if (length < 0) {
                return answer.toByteArray();
            }
            answer.write(buffer, 0, length);
        }
    }

    private static byte[] words(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length);
        for (int word : words) {
            bytes.putInt(word);
        }
        return bytes.array();
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
