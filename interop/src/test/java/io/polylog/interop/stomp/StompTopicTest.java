package io.polylog.interop.stomp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.MessageProperties;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit;
import io.polylog.interop.stomp.RawStomp.Frame;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Subjects and exchanges by STOMP, frame by frame.
class StompTopicTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder);
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void every_subscription_hears_what_fits_its_pattern_whoever_sent_it() throws Exception {
        try (RawStomp one = RawStomp.on(broker);
                RawStomp other = RawStomp.on(broker, "1.0");
                Rabbit rabbit = Rabbit.on(broker)) {
            one.call("SUBSCRIBE", "", "id:a", "destination:/topic/live.*.eu");
            one.call("SUBSCRIBE", "", "id:b", "destination:/topic/live.#");
            other.call("SUBSCRIBE", "", "destination:/topic/live.orders.eu");

            other.send("SEND", "m", "destination:/topic/live.orders.eu", "shop:x");
            Frame heard = other.message();
            assertThat(heard.header("destination")).isEqualTo("/topic/live.orders.eu");
            assertThat(heard.header("shop")).isEqualTo("x");
            assertThat(heard.headers()).doesNotContainKey("subscription");
            assertThat(one.message().body() + one.message().body()).isEqualTo("mm");

            rabbit.channel.basicPublish(
                    "amq.topic", "live.us", MessageProperties.TEXT_PLAIN, new byte[] {'n'});
            Frame foreign = one.message();
            assertThat(foreign.header("subscription")).isEqualTo("b");
            assertThat(foreign.header("destination")).isEqualTo("/topic/live.us");
            assertThat(foreign.header("content-type")).isEqualTo("text/plain");

            one.call("UNSUBSCRIBE", "", "id:b");
            other.call("SEND", "o", "destination:/topic/live.us");
            assertThat(one.isSilentFor(100)).isTrue();
        }
    }

    @Test
    void what_is_to_be_acknowledged_or_selected_comes_through_a_queue() throws Exception {
        try (RawStomp stomp = RawStomp.on(broker)) {
            stomp.call("SUBSCRIBE", "", "id:a", "destination:/topic/acked.#", "ack:client");
            stomp.call(
                    "SUBSCRIBE", "", "id:b", "destination:/topic/acked.#", "selector:shop = 'eu'");
            stomp.send("SEND", "m", "destination:/topic/acked.a");
            Frame got = stomp.message();
            assertThat(got.header("subscription")).isEqualTo("a");
            stomp.call("ACK", "", "id:" + got.header("ack"));
        }
    }

    @Test
    void a_durable_subscription_keeps_what_comes_while_nobody_is_there() throws Exception {
        String[] durable = {
            "id:d", "destination:/topic/durable.x", "durable:true", "auto-delete:false"
        };
        try (RawStomp stomp = RawStomp.on(broker)) {
            stomp.call("SUBSCRIBE", "", durable);
            stomp.call("DISCONNECT", "");
        }
        try (RawStomp stomp = RawStomp.on(broker)) {
            stomp.call("SEND", "kept", "destination:/topic/durable.x");
        }
        broker.restart();
        try (RawStomp stomp = RawStomp.on(broker)) {
            stomp.send("SUBSCRIBE", "", durable);
            assertThat(stomp.message().body()).isEqualTo("kept");
            stomp.call("UNSUBSCRIBE", "", "id:d", "durable:true");
            stomp.call("SEND", "lost", "destination:/topic/durable.x");
            stomp.call("SUBSCRIBE", "", durable);
            assertThat(stomp.isSilentFor(100)).isTrue();
        }
    }

    @Test
    void exchanges_are_published_to_and_subscribed_by_key() throws Exception {
        try (RawStomp stomp = RawStomp.on(broker)) {
            stomp.call("SUBSCRIBE", "", "id:a", "destination:/exchange/amq.direct/red");
            stomp.send("SEND", "blue", "destination:/exchange/amq.direct/blue");
            stomp.send("SEND", "red", "destination:/exchange/amq.direct/red");
            assertThat(stomp.message().body()).isEqualTo("red");
            stomp.send("SEND", "x", "destination:/exchange/missing/red");
            assertThat(stomp.error().header("message")).isEqualTo("not_found");
        }
    }

    @Test
    void heart_beats_go_both_ways_and_who_is_silent_is_cut_off() throws Exception {
        try (RawStomp stomp = RawStomp.on(broker, "1.2", "heart-beat:1000,1000")) {
            long began = System.nanoTime();
            assertThat(stomp.read()).isEqualTo('\n');
            int last = '\n';
            while (last == '\n') {
                last = stomp.read();
            }
            assertThat(last).isEqualTo(-1);
            assertThat(System.nanoTime() - began).isGreaterThan(1_500_000_000L);
        }
    }
}
