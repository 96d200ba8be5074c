package io.polylog.interop.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What JetStream says beside messages, byte for byte.
class StatusTextsTest {
    private static final String NEXT = "$JS.API.CONSUMER.MSG.NEXT.S.c";

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private static RawNats nats;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        nats = RawNats.connected(broker, ",\"headers\":true,\"no_responders\":true");
        nats.send("SUB _INBOX.> 1\r\n");
        ask("$JS.API.STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"s.>\"]}");
        assertThat(nats.line()).startsWith("MSG ");
        assertThat(nats.line()).contains("did_create");
        ask(
                "$JS.API.CONSUMER.CREATE.S.c",
                "{\"stream_name\":\"S\",\"config\":{\"durable_name\":\"c\","
                        + "\"ack_policy\":\"explicit\"}}");
        assertThat(nats.line()).startsWith("MSG ");
        assertThat(nats.line()).contains("\"num_pending\":0");
    }

    @AfterAll
    static void stopBroker() throws Exception {
        nats.close();
        broker.close();
    }

    private static void ask(String subject, String payload) throws Exception {
        nats.send("PUB %s _INBOX.1 %d\r\n%s\r\n".formatted(subject, payload.length(), payload));
    }

    /// The status that comes next, with its headers.
    private static String status() throws Exception {
        assertThat(nats.line()).startsWith("HMSG _INBOX.1 1 ");
        StringBuilder all = new StringBuilder();
        String line = nats.line();
        while (!line.isEmpty()) {
            all.append(line).append('\n');
            line = nats.line();
        }
        assertThat(nats.line()).isEmpty();
        return all.toString();
    }

    @Test
    void a_request_for_what_is_not_there_is_told_so() throws Exception {
        ask(NEXT, "{\"batch\":2,\"no_wait\":true}");
        assertThat(status()).isEqualTo("NATS/1.0 404 No Messages\n");

        ask(NEXT, "{\"batch\":2,\"expires\":200000000}");
        assertThat(status())
                .isEqualTo(
                        "NATS/1.0 408 Request Timeout\n"
                                + "Nats-Pending-Messages: 2\nNats-Pending-Bytes: 0\n");

        ask(NEXT, "{\"batch\":2,\"expires\":700000000,\"idle_heartbeat\":300000000}");
        String beat = "NATS/1.0 100 Idle Heartbeat\nNats-Last-Consumer: 0\nNats-Last-Stream: 0\n";
        String said = status();
        assertThat(said).isEqualTo(beat);
        while (said.equals(beat)) {
            said = status();
        }
        assertThat(said).startsWith("NATS/1.0 408 Request Timeout\n");
    }

    @Test
    void one_who_is_pushed_to_hears_a_beat_and_is_asked_how_far_he_is() throws Exception {
        ask("$JS.API.STREAM.CREATE.P", "{\"name\":\"P\",\"subjects\":[\"p.>\"]}");
        lineWith("did_create");
        ask(
                "$JS.API.CONSUMER.CREATE.P.p",
                "{\"stream_name\":\"P\",\"config\":{\"name\":\"p\","
                        + "\"deliver_subject\":\"_INBOX.push\","
                        + "\"flow_control\":true,\"idle_heartbeat\":200000000}}");
        lineWith("\"push_bound\":true");
        lineWith("NATS/1.0 100 Idle Heartbeat");
        assertThat(nats.line()).isEqualTo("Nats-Last-Consumer: 0");
        assertThat(nats.line()).isEqualTo("Nats-Last-Stream: 0");

        String payload = "x".repeat(64 << 10);
        for (int i = 0; i < 40; i++) {
            nats.send("PUB p.%d 65536\r\n%s\r\n".formatted(i, payload));
        }
        String question = lineWith("HMSG _INBOX.push 1 $JS.FC.P.p.").split(" ")[3];
        assertThat(nats.line()).isEqualTo("NATS/1.0 100 FlowControl Request");
        lineWith("Nats-Consumer-Stalled: " + question);
        nats.send("PUB %s 0\r\n\r\n".formatted(question));
        lineWith("MSG p.39 1 $JS.ACK.P.p.1.40.40.");
        ask("$JS.API.STREAM.DELETE.P", "");
        lineWith("success");
    }

    @Test
    void who_requires_more_than_there_is_is_told_by_a_status() throws Exception {
        ask("$JS.API.STREAM.CREATE.D", "{\"name\":\"D\",\"allow_direct\":true}");
        lineWith("did_create");
        String headers = "NATS/1.0\r\nNats-Required-Api-Level: 99\r\n\r\n";
        for (String subject : List.of(NEXT, "$JS.API.DIRECT.GET.D", "$JS.API.DIRECT.GET.D.x")) {
            nats.send(
                    "HPUB %s _INBOX.1 %d %d\r\n%s\r\n"
                            .formatted(subject, headers.length(), headers.length(), headers));
            assertThat(status()).isEqualTo("NATS/1.0 412 Required Api Level\n");
        }
        ask("$JS.API.STREAM.DELETE.D", "");
        lineWith("success");
    }

    /// Makes a stream with a consumer that has a priority group, and three messages.
    private static void prioritize(String name, String policy) throws Exception {
        ask(
                "$JS.API.STREAM.CREATE." + name,
                "{\"name\":\"%s\",\"subjects\":[\"%s.>\"]}".formatted(name, name));
        lineWith("did_create");
        ask(
                "$JS.API.CONSUMER.CREATE." + name + ".c",
                ("{\"stream_name\":\"%s\",\"config\":{\"durable_name\":\"c\","
                                + "\"ack_policy\":\"explicit\",\"priority_groups\":[\"g\",\"h\"],"
                                + "\"priority_policy\":\"%s\"}}")
                        .formatted(name, policy));
        lineWith("\"num_pending\":0");
        for (int i = 1; i <= 3; i++) {
            nats.send("PUB %s.%d 1\r\nx\r\n".formatted(name, i));
        }
    }

    /// What is asked with these members brings a message of a subject; gives the pin it has.
    private static String pinned(String subject, String members) throws Exception {
        ask("$JS.API.CONSUMER.MSG.NEXT.PIN.c", "{\"expires\":5000000000," + members + "}");
        lineWith("HMSG " + subject + " 1 $JS.ACK.PIN.c.");
        String pin = lineWith("Nats-Pin-Id: ").substring("Nats-Pin-Id: ".length());
        assertThat(nats.line()).isEmpty();
        assertThat(nats.line()).isEqualTo("x");
        return pin;
    }

    @Test
    void one_of_a_group_gets_all_until_another_is_let() throws Exception {
        prioritize("PIN", "pinned_client");
        String next = "$JS.API.CONSUMER.MSG.NEXT.PIN.c";
        ask(next, "{\"batch\":1}");
        assertThat(status()).isEqualTo("NATS/1.0 400 Bad Request - Priority Group missing\n");
        ask(next, "{\"group\":\"other\"}");
        assertThat(status()).isEqualTo("NATS/1.0 400 Bad Request - Invalid Priority Group\n");

        String pin = pinned("PIN.1", "\"group\":\"g\"");
        ask(next, "{\"group\":\"g\",\"expires\":200000000}");
        assertThat(status()).startsWith("NATS/1.0 408 Request Timeout\n");
        // As to nats-server, the pin is the consumer's, whichever of its groups is named.
        ask(next, "{\"group\":\"h\",\"expires\":200000000}");
        assertThat(status()).startsWith("NATS/1.0 408 Request Timeout\n");
        assertThat(pinned("PIN.2", "\"group\":\"h\",\"id\":\"" + pin + "\"")).isEqualTo(pin);
        ask("$JS.API.CONSUMER.INFO.PIN.c", "");
        lineWith("\"priority_groups\":[{\"group\":\"g\",\"pinned_client_id\":\"" + pin + "\"");
        ask(next, "{\"group\":\"g\",\"id\":\"wrong\"}");
        assertThat(status()).startsWith("NATS/1.0 423 Nats-Wrong-Pin-Id\n");

        ask("$JS.API.CONSUMER.UNPIN.PIN.c", "{\"group\":\"g\"}");
        lineWith("consumer_unpin_response");
        assertThat(pinned("PIN.3", "\"group\":\"g\"")).isNotEqualTo(pin);
        ask("$JS.API.STREAM.DELETE.PIN", "");
        lineWith("success");
    }

    @Test
    void who_waits_for_much_or_comes_first_is_served() throws Exception {
        prioritize("OVER", "overflow");
        String next = "$JS.API.CONSUMER.MSG.NEXT.OVER.c";
        ask(next, "{\"group\":\"g\",\"min_pending\":4,\"expires\":200000000}");
        assertThat(status()).startsWith("NATS/1.0 408 Request Timeout\n");
        ask(next, "{\"group\":\"g\",\"min_pending\":3,\"expires\":5000000000}");
        lineWith("MSG OVER.1 1 $JS.ACK.OVER.c.");

        prioritize("ORDER", "prioritized");
        for (int i = 1; i <= 3; i++) {
            ask("$JS.API.CONSUMER.MSG.NEXT.ORDER.c", "{\"group\":\"g\",\"expires\":5000000000}");
            lineWith("MSG ORDER." + i + " 1 ");
        }
        for (int priority : new int[] {5, 1}) {
            String payload = "{\"group\":\"g\",\"priority\":" + priority + "}";
            nats.send(
                    "PUB $JS.API.CONSUMER.MSG.NEXT.ORDER.c _INBOX.%d %d\r\n%s\r\n"
                            .formatted(priority, payload.length(), payload));
        }
        nats.send("PUB ORDER.4 1\r\nx\r\n");
        lineWith("MSG ORDER.4 1 ");
        ask("$JS.API.STREAM.DELETE.ORDER", "");
        lineWith("HMSG _INBOX.5 1 ");
        lineWith("409 Consumer Deleted");
    }

    /// The next line that contains a text.
    private static String lineWith(String text) throws Exception {
        String line = nats.line();
        while (!line.contains(text)) {
            line = nats.line();
        }
        return line;
    }

    @Test
    void nobody_is_there_for_a_consumer_that_is_not() throws Exception {
        ask("$JS.API.CONSUMER.MSG.NEXT.S.none", "");
        assertThat(status())
                .isEqualTo("NATS/1.0 503\nNats-Subject: $JS.API.CONSUMER.MSG.NEXT.S.none\n");
    }
}
