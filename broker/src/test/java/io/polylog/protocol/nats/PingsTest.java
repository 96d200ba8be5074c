package io.polylog.protocol.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PingsTest {
    private static final long INTERVAL_MS = 1000;

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<String> done = new ArrayList<>();
    private final Pings pings = new Pings(2, () -> done.add("ask"), () -> done.add("stale"));

    @BeforeEach
    void start() {
        channel.freezeTime();
        pings.start(channel.eventLoop(), INTERVAL_MS);
    }

    @AfterEach
    void end() {
        channel.finishAndReleaseAll();
    }

    private void pass(int intervals) {
        for (int i = 0; i < intervals; i++) {
            channel.advanceTimeBy(INTERVAL_MS, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
        }
    }

    @Test
    void a_silent_client_is_asked_twice_and_then_given_up_once() {
        pass(5);
        assertThat(done).containsExactly("ask", "ask", "stale");
    }

    @Test
    void who_answers_is_asked_again_and_kept() {
        for (int i = 0; i < 5; i++) {
            pass(1);
            pings.heard();
            pings.answered();
            pass(1);
        }
        assertThat(done).hasSize(5).containsOnly("ask");
    }

    @Test
    void who_says_something_is_not_asked() {
        for (int i = 0; i < 5; i++) {
            pings.heard();
            pass(1);
        }
        assertThat(done).isEmpty();
    }

    @Test
    void who_has_gone_is_not_asked() {
        pings.stop();
        pass(5);
        assertThat(done).isEmpty();
    }
}
