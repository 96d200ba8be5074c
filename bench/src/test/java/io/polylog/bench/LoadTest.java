package io.polylog.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.bench.LoadSpec.Mode;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Shows that the load generator measures what it says and notices what goes wrong.
class LoadTest {
    private static final int PER_SECOND = 2_000;

    private final LoadSpec paced = new LoadSpec(Mode.LATENCY, 100, PER_SECOND, 1, 0, 1, 5_000);

    @Test
    void a_paced_load_sends_what_is_due_and_counts_it() throws Exception {
        Result result = run(new InMemoryDriver());

        assertThat(result.wrong()).isEmpty();
        assertThat(result.confirmedPerSecond()).isBetween(PER_SECOND * 0.5, PER_SECOND * 1.3);
        assertThat(result.deliveredPerSecond()).isBetween(PER_SECOND * 0.5, PER_SECOND * 1.3);
    }

    @Test
    void a_stall_makes_everything_late_that_was_due_meanwhile() throws Exception {
        AtomicInteger sent = new AtomicInteger();
        Result result =
                run(
                        new InMemoryDriver() {
                            @Override
                            void deliver(byte[] message) {
                                if (sent.incrementAndGet() == PER_SECOND) {
                                    LockSupport.parkNanos(200_000_000);
                                }
                                super.deliver(message);
                            }
                        });

        assertThat(result.deliveryMicros().get("max")).isGreaterThan(190_000);
        assertThat(result.deliveryMicros().get("p99"))
                .as("of 2,000 messages 400 were due during the stall, half of them 100 ms late")
                .isGreaterThan(100_000);
    }

    @Test
    void a_loss_is_noticed() throws Exception {
        AtomicInteger sent = new AtomicInteger();
        Result result =
                run(
                        new InMemoryDriver() {
                            @Override
                            void deliver(byte[] message) {
                                if (sent.incrementAndGet() != 100) {
                                    super.deliver(message);
                                }
                            }
                        });

        assertThat(result.wrong()).containsExactly("lost (middle): 0/99..99");
    }

    @Test
    void a_repetition_is_noticed() throws Exception {
        AtomicInteger sent = new AtomicInteger();
        Result result =
                run(
                        new InMemoryDriver() {
                            @Override
                            void deliver(byte[] message) {
                                super.deliver(message);
                                if (sent.incrementAndGet() == 100) {
                                    super.deliver(message);
                                }
                            }
                        });

        assertThat(result.wrong()).containsExactly("repeated: 0/99 came again, not flagged");
    }

    @Test
    void refusals_are_counted() throws Exception {
        AtomicInteger sent = new AtomicInteger();
        Result result =
                run(
                        new InMemoryDriver() {
                            @Override
                            boolean accepts(byte[] message) {
                                return sent.incrementAndGet() > 7;
                            }
                        });

        assertThat(result.refused()).isEqualTo(7);
        assertThat(result.wrong()).isEmpty();
    }

    @Test
    void full_speed_with_several_clients_loses_nothing() throws Exception {
        LoadSpec spec = new LoadSpec(Mode.BOTH, 28, 0, 1, 0, 3, 5_000);

        Result result = Result.of("fake", spec, load(spec, new InMemoryDriver()).run());

        assertThat(result.wrong()).isEmpty();
        assertThat(result.confirmedPerSecond()).isGreaterThan(1_000);
    }

    @Test
    void the_broker_s_cpu_time_is_measured() throws Exception {
        LoadSpec spec = new LoadSpec(Mode.BOTH, 28, 0, 1, 0, 1, 5_000);

        Figures figures =
                load(spec, new InMemoryDriver()).watching(ProcessHandle.current().pid()).run();

        assertThat(figures.cpuSecondsPerMillion().orElseThrow()).isPositive();
        assertThat(Result.of("fake", spec, figures).text()).contains("CPU seconds per million");
    }

    @Test
    void a_broker_that_is_not_there_has_no_cpu_time() {
        assertThatThrownBy(() -> BrokerCpu.require(Long.MAX_VALUE))
                .hasMessageStartingWith("--pid: no process");
    }

    @Test
    void a_window_of_one_waits_for_each_answer() throws Exception {
        AtomicInteger waiting = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Driver late =
                new InMemoryDriver() {
                    @Override
                    public Publisher publisher(int client, boolean eager) {
                        Publisher direct = super.publisher(client, eager);
                        return new LatePublisher(direct, waiting, most);
                    }
                };

        load(new LoadSpec(Mode.PUB, 28, 0, 1, 0, 1, 1), late).run();
        assertThat(most).hasValue(1);

        load(new LoadSpec(Mode.PUB, 28, 0, 1, 0, 1, 100), late).run();
        assertThat(most).hasValueGreaterThan(1);
    }

    /// Answers on another thread, and counts how many wait for it.
    private record LatePublisher(Driver.Publisher direct, AtomicInteger waiting, AtomicInteger most)
            implements Driver.Publisher {
        @Override
        public void send(byte[] message, Driver.Answer answer) {
            most.accumulateAndGet(waiting.incrementAndGet(), Math::max);
            CompletableFuture.runAsync(() -> {
                waiting.decrementAndGet();
                answer.confirmed(true);
            });
        }

        @Override
        public void flush() throws Exception {
            direct.flush();
        }

        @Override
        public void close() throws IOException, TimeoutException {
            direct.close();
        }
    }

    @Test
    void the_result_is_json() throws Exception {
        JsonNode json = JsonMapper.builder().build().readTree(run(new InMemoryDriver()).json());

        assertThat(json.get("protocol").stringValue()).isEqualTo("fake");
        assertThat(json.get("spec").get("sizeBytes").intValue()).isEqualTo(100);
        assertThat(json.get("deliveryMicros").get("p99.9").isNumber()).isTrue();
        assertThat(json.get("wrong").isArray()).isTrue();
    }

    private Result run(Driver driver) throws Exception {
        return Result.of("fake", paced, load(paced, driver).run());
    }

    private static Load load(LoadSpec spec, Driver driver) {
        return new Load(spec, driver, Duration.ofMillis(50), Duration.ofMillis(300));
    }
}
