package io.polylog.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.polylog.broker.Broker;
import io.polylog.security.Authenticator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a client of HTTP sends, byte by byte, and what it gets.
class HttpConnectionTest {
    private static final int MOST_BYTES = 1_000;

    private final List<Exchange> served = new ArrayList<>();
    private final EmbeddedChannel channel = connect();

    private EmbeddedChannel connect() {
        Endpoint keeping =
                new Endpoint() {
                    @Override
                    public int mostBytes(Request head) {
                        return MOST_BYTES;
                    }

                    @Override
                    public void serve(Exchange exchange) {
                        served.add(exchange);
                    }
                };
        Routes routes =
                new Routes()
                        .add("POST", "/things/{name}", keeping)
                        .add("GET", "/things/{name}", keeping)
                        .add("GET", "/things/all", Endpoint.always(() -> text("all")))
                        .add("GET", "/broken", broken())
                        .add("GET", "/broken/at/once", Endpoint.always(() -> fail()));
        EmbeddedChannel made = new EmbeddedChannel();
        made.freezeTime();
        new HttpProtocol("http", routes, Origins.NONE, () -> 0).accept(made.pipeline());
        return made;
    }

    /// What a request's thread does not live through.
    private static Endpoint broken() {
        Answers<Place> answers = new Answers<>(Runnable::run);
        answers.begin(
                new Place() {
                    @Override
                    public Broker broker() {
                        throw new IllegalStateException("nobody needs it");
                    }

                    @Override
                    public @Nullable Authenticator users() {
                        return null;
                    }
                });
        return answers.answering((_, _, _) -> fail());
    }

    private static Reply fail() {
        throw new StackOverflowError();
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private static Reply text(String text) {
        return Reply.of(Status.OK, Reply.TEXT, text.getBytes(ISO_8859_1));
    }

    private void send(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, ISO_8859_1));
        channel.runPendingTasks();
    }

    /// All that was answered, without what is the same in each.
    private String answered() {
        channel.runPendingTasks();
        StringBuilder all = new StringBuilder();
        for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            all.append(next.toString(ISO_8859_1));
            next.release();
        }
        return all.toString().replace("\r\nDate: Thu, 1 Jan 1970 00:00:00 GMT", "");
    }

    private void pass(long seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    @Test
    void a_request_may_come_byte_by_byte() {
        String whole = "POST /things/a%20b?x=1&x=2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
        whole.chars().forEach(each -> send(String.valueOf((char) each)));
        Request request = served.getFirst().request();
        assertThat(request.parameter("name")).isEqualTo("a b");
        assertThat(request.query("x")).isEqualTo("1");
        assertThat(request.body()).asString().isEqualTo("abc");
        assertThat(answered()).isEmpty();

        served.getFirst().answer(text("yes"));

        assertThat(answered())
                .isEqualTo(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                + "Content-Length: 3\r\n\r\nyes");
    }

    @Test
    void requests_sent_together_are_served_one_after_the_other() {
        send(
                "GET /things/1 HTTP/1.1\r\n\r\n"
                        + "GET /things/2 HTTP/1.1\r\n\r\n"
                        + "GET /things/all HTTP/1.1\r\n\r\n");
        assertThat(served).hasSize(1);
        served.get(0).answer(text("first"));
        assertThat(served).hasSize(2);
        assertThat(answered()).endsWith("first");
        served.get(1).answer(text("second"));
        assertThat(answered()).contains("second").endsWith("all");
        served.get(0).answer(text("again"));
        assertThat(answered()).isEmpty();
    }

    @Test
    void a_body_may_come_in_chunks() {
        send("POST /things/a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        assertThat(served).isEmpty();
        send("2\r\nde\r\n0\r\n\r\n");
        assertThat(served.getFirst().request().body()).asString().isEqualTo("abcde");
    }

    @Test
    void a_body_that_is_too_large_is_refused_and_the_next_request_served() {
        send("POST /things/a HTTP/1.1\r\nContent-Length: 1001\r\n\r\n");
        assertThat(answered()).contains("413").contains("larger than 1000 bytes");
        send("x".repeat(1001) + "GET /things/all HTTP/1.1\r\n\r\n");
        assertThat(answered()).endsWith("all");
        send("POST /things/a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n");
        send("x".repeat(1001));
        assertThat(answered()).contains("413");
        assertThat(served).isEmpty();
    }

    @Test
    void a_body_that_would_take_long_ends_the_connection() {
        send("POST /things/a HTTP/1.1\r\nContent-Length: 1000000000000\r\n\r\n");
        assertThat(answered()).contains("413").contains("Connection: close");
        send("POST /things/a HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
        assertThat(served).isEmpty();
    }

    @Test
    void who_expects_to_be_told_is_told_to_go_on() {
        send("POST /things/a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
        assertThat(answered()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
        send("x");
        assertThat(served).hasSize(1);
    }

    @Test
    void a_body_that_does_not_come_is_not_waited_for() {
        send("POST /things/a HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
        pass(10);
        assertThat(answered()).isEmpty();
        pass(10);
        assertThat(answered()).contains("408").contains("Connection: close");
    }

    @Test
    void a_body_that_drips_is_not_waited_for_for_ever() {
        send("POST /things/a HTTP/1.1\r\nContent-Length: 500\r\n\r\n");
        for (int second = 0; second < 150 && channel.isOpen(); second += 5) {
            send("x");
            pass(5);
        }
        assertThat(answered()).contains("408");
    }

    @Test
    void who_says_nothing_is_hung_up_on_and_who_waits_is_not() {
        send("GET /things/1 HTTP/1.1\r\n\r\n");
        pass(3600);
        assertThat(channel.isOpen()).isTrue();
        served.getFirst().answer(text("late"));
        assertThat(answered()).endsWith("late");
        pass(295);
        assertThat(channel.isOpen()).isTrue();
        pass(15);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void an_older_client_is_told_whether_it_may_go_on() {
        send("GET /things/all HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assertThat(answered()).contains("Connection: keep-alive");
        send("GET /things/all HTTP/1.0\r\n\r\n");
        assertThat(answered()).contains("Connection: close");
    }

    @Test
    void a_head_is_answered_without_its_body() {
        send("HEAD /things/all HTTP/1.1\r\n\r\nGET /things/all HTTP/1.1\r\n\r\n");
        assertThat(answered().split("HTTP/1.1 200 OK")[1])
                .contains("Content-Length: 3")
                .endsWith("\r\n\r\n");
    }

    @Test
    void a_value_cannot_end_a_header() {
        send("GET /things/1 HTTP/1.1\r\n\r\n");
        served.getFirst()
                .answer(
                        new Reply(
                                Status.OK,
                                Map.of("X-Said", "a\r\nX-Evil: 1"),
                                Reply.TEXT + "\n",
                                new byte[0]));
        assertThat(answered()).contains("X-Said: a??X-Evil: 1\r\n").doesNotContain("\nX-Evil");
    }

    @ParameterizedTest
    @CsvSource({
        "'GET /nowhere HTTP/1.1', 404, nothing is at /nowhere",
        "'DELETE /things/a HTTP/1.1', 405, 'it takes GET, POST'",
        "'GET /things/%zz HTTP/1.1', 400, the address",
        "'NONSENSE', 400, HTTP",
    })
    void what_makes_no_sense_is_told(String line, int status, String why) {
        send(line + "\r\n\r\n");
        assertThat(answered()).startsWith("HTTP/1.1 " + status).contains(why);
    }

    @Test
    void what_is_too_long_is_told() {
        send("GET /" + "x".repeat(9_000) + " HTTP/1.1\r\n\r\n");
        assertThat(answered()).startsWith("HTTP/1.1 414");
    }

    @Test
    void headers_that_are_too_long_are_told() {
        send("GET /things/all HTTP/1.1\r\nX: " + "x".repeat(17_000) + "\r\n\r\n");
        assertThat(answered()).startsWith("HTTP/1.1 431");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/broken", "/broken/at/once"})
    void an_error_of_the_brokers_own_is_told_and_ends_the_connection(String path) {
        send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(answered())
                .startsWith("HTTP/1.1 500")
                .contains("Connection: close")
                .contains("INTERNAL");
    }

    @Test
    void who_leaves_is_noticed_once() {
        send("GET /things/1 HTTP/1.1\r\n\r\n");
        List<String> noticed = new ArrayList<>();
        served.getFirst().whenGone(() -> noticed.add("gone"));
        channel.close();
        channel.runPendingTasks();
        assertThat(noticed).containsExactly("gone");
        assertThat(served.getFirst().isOver()).isTrue();
    }
}
