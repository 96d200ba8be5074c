package io.polylog.interop.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.BrokerProcess;
import io.polylog.interop.mqtt.RawMqtt.Packet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Wills with a delay and sessions with an end, while the broker is killed or down: MQTT 5, section
/// 3.1.2.5 and 3.1.3.2.2.
class DueWhileDownTest {
    private static final int PUBLISH = 3;
    private static final int LONG_S = 1000;

    @TempDir private Path folder;
    private BrokerProcess broker;

    @BeforeEach
    void startBroker() throws Exception {
        broker = BrokerProcess.start(folder.resolve("data"), folder.resolve("broker.log"));
        try (RawMqtt heir = connected("heir", true, LONG_S)) {
            heir.subscribe(1, "wills/#", 1);
            heir.next();
        }
    }

    @AfterEach
    void stopBroker() {
        broker.close();
    }

    private RawMqtt connected(String id, boolean clean, int expirySeconds) throws Exception {
        return RawMqtt.connected(broker.port("mqtt"), id, clean, expirySeconds);
    }

    private RawMqtt mortal(String id, int expirySeconds, int delaySeconds) throws Exception {
        return RawMqtt.mortal(broker.port("mqtt"), id, expirySeconds, delaySeconds, "wills/" + id);
    }

    private static void assertWill(RawMqtt heir, String id) throws Exception {
        assertThat(heir.next(PUBLISH).body()).startsWith(RawMqtt.text("wills/" + id));
    }

    /// Whoever was connected when the broker was killed counts as gone since the start.
    @Test
    void a_will_with_a_delay_goes_out_at_its_time_after_a_kill() throws Exception {
        try (RawMqtt late = mortal("late", LONG_S, 3);
                RawMqtt alive = mortal("alive", LONG_S, 2);
                RawMqtt brief = mortal("brief", 1, 100)) {
            assertThat(late.isPresent() || alive.isPresent() || brief.isPresent()).isFalse();
            broker.kill9();
        }
        long killed = System.nanoTime();
        broker.restart();
        try (RawMqtt alive = connected("alive", false, LONG_S);
                RawMqtt heir = connected("heir", false, LONG_S)) {
            assertThat(alive.isPresent()).isTrue();

            assertWill(heir, "brief"); // at the end of its session
            assertWill(heir, "late");

            assertThat(Duration.ofNanos(System.nanoTime() - killed)).isGreaterThan(seconds(3));
            alive.publish(0x32, 1, "wills/end", "end");
            assertWill(heir, "end");
        }
        try (RawMqtt brief = connected("brief", false, LONG_S)) {
            assertThat(brief.isPresent()).isFalse();
        }
    }

    @Test
    void what_was_due_while_the_broker_was_down_is_done_at_its_start() throws Exception {
        try (RawMqtt brief = connected("brief", true, 2);
                RawMqtt lasting = connected("lasting", true, LONG_S);
                RawMqtt dead = mortal("dead", LONG_S, 2)) {
            brief.subscribe(1, "brief/#", 1);
            brief.next();
            assertThat(lasting.isPresent() || dead.isPresent()).isFalse();
        }
        long gone = System.nanoTime();
        assertThat(broker.terminate()).isZero();
        long left = seconds(2).toNanos() - (System.nanoTime() - gone);
        LockSupport.parkNanos(Math.max(0, left));
        broker.restart();
        long started = System.nanoTime();
        try (RawMqtt brief = connected("brief", false, LONG_S);
                RawMqtt lasting = connected("lasting", false, LONG_S);
                RawMqtt heir = connected("heir", false, LONG_S)) {
            assertThat(brief.isPresent()).isFalse();
            assertThat(lasting.isPresent()).isTrue();
            assertWill(heir, "dead");
            assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(seconds(2));

            lasting.publish(0x32, 1, "brief/x", "nobody is told");
            lasting.next();
            brief.packet(0xc0);
            assertThat(brief.next()).isEqualTo(new Packet(0xd0, ""));
        }
    }

    private static Duration seconds(int count) {
        return Duration.ofSeconds(count);
    }
}
