package io.polylog.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

final class ThreadsTest {
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final Threads threads =
            new Threads((thread, e) -> failures.add(thread.getName() + ": " + e.getMessage()));

    @Test
    void a_thread_has_the_kind_and_name_that_were_asked_for() throws Exception {
        Thread platform = threads.start("commit", () -> {});
        Thread daemon = threads.startDaemon("loop", () -> {});
        Thread virtual = threads.startVirtual("admin", () -> {});

        assertThat(platform.getName()).isEqualTo("commit");
        assertThat(platform.isDaemon()).isFalse();
        assertThat(daemon.getName()).isEqualTo("loop");
        assertThat(daemon.isDaemon()).isTrue();
        assertThat(virtual.getName()).isEqualTo("admin");
        assertThat(virtual.isVirtual()).isTrue();
        platform.join();
        daemon.join();
        virtual.join();
    }

    @Test
    void a_thread_that_dies_tells_the_hook() throws Exception {
        Runnable broken =
                () -> {
                    throw new IllegalStateException("boom");
                };
        threads.start("a", broken).join();
        threads.startDaemon("b", broken).join();
        threads.startVirtual("c", broken).join();

        assertThat(failures).containsExactly("a: boom", "b: boom", "c: boom");
    }

    @Test
    void a_factory_numbers_its_threads_from_the_second_on() {
        ThreadFactory factory = threads.daemons("worker");

        assertThat(factory.newThread(() -> {}).getName()).isEqualTo("worker");
        Thread second = factory.newThread(() -> {});
        assertThat(second.getName()).isEqualTo("worker-1");
        assertThat(second.isDaemon()).isTrue();
    }

    @Test
    void a_failure_can_be_reported_by_hand() {
        threads.report(new IllegalStateException("caught"));

        assertThat(failures).singleElement().asString().endsWith(": caught");
    }
}
