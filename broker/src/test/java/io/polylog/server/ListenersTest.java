package io.polylog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.config.ConfigReader;
import io.polylog.config.ListenSection;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ListenersTest {
    private final Map<String, Listeners.Opener> openers = new LinkedHashMap<>();

    @Test
    void the_ready_line_names_what_listens_in_the_order_of_the_settings() throws Exception {
        openers.put("http", address -> address);
        openers.put("amqp", address -> address);
        openers.put("kafka", address -> new InetSocketAddress(address.getAddress(), 4711));

        Addresses addresses = open("listen.ports.kafka=auto");

        assertThat(addresses.readyLine())
                .isEqualTo("ready kafka=127.0.0.1:4711 amqp=127.0.0.1:5672 http=127.0.0.1:8080");
    }

    @Test
    void a_port_of_zero_is_not_opened() throws Exception {
        openers.put("http", address -> address);
        openers.put("amqp", address -> address);

        assertThat(open("listen.ports.amqp=0").byProtocol()).containsOnlyKeys("http");
    }

    @Test
    void a_default_port_that_is_taken_is_skipped() throws Exception {
        openers.put("http", address -> address);
        openers.put("kafka", ListenersTest::taken);

        assertThat(open("listen.ports.http=1234").byProtocol()).containsOnlyKeys("http");
    }

    @Test
    void a_port_that_was_asked_for_and_is_taken_stops_the_start() {
        openers.put("http", address -> address);
        openers.put("kafka", ListenersTest::taken);

        assertThatThrownBy(() -> open("listen.ports.kafka=9092"))
                .isInstanceOf(StartException.class)
                .hasMessage(
                        "127.0.0.1 port 9092 for kafka is in use; choose another with"
                                + " --set listen.ports.kafka=PORT, or auto");
    }

    @Test
    void a_protocol_that_is_not_served_yet_stops_nothing() throws Exception {
        openers.put("http", address -> address);

        assertThat(open("listen.ports.mqtt=1883").byProtocol()).containsOnlyKeys("http");
    }

    @Test
    void nothing_to_listen_on_stops_the_start() {
        openers.put("http", ListenersTest::taken);

        assertThatThrownBy(() -> open("node.name=x"))
                .isInstanceOf(StartException.class)
                .hasMessageStartingWith("nothing to listen on");
    }

    private Addresses open(String assignment) throws Exception {
        ListenSection settings = new ConfigReader().set(assignment).read().listen();
        Listeners listeners = new Listeners(settings);
        for (Map.Entry<String, Listeners.Opener> entry : openers.entrySet()) {
            listeners.open(entry.getKey(), entry.getValue());
        }
        return listeners.addresses();
    }

    private static InetSocketAddress taken(InetSocketAddress address) throws BindException {
        throw new BindException("Address already in use");
    }
}
