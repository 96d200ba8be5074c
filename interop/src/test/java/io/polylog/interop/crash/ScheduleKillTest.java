package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Delivery;
import io.polylog.harness.BrokerProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Schedules that come each second publish each time once, through `kill -9` of the broker in the
/// midst of it, and make up for what they missed as they say.
class ScheduleKillTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String QUEUE = "ticks";
    private static final long SECOND_MS = 1_000;

    /// After which those come again that do not come each second.
    private static final long ROUND_MS = 2 * SECOND_MS;

    /// Enough that a kill hits some of them between one thing and the next.
    private static final int SCHEDULES = 150;

    @TempDir private Path folder;

    /// Times that arrived, by schedule.
    private final Map<String, List<Long>> arrived = new ConcurrentHashMap<>();

    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void stop() {
        client.close();
    }

    private String ask(BrokerProcess broker, String method, String path, String body)
            throws Exception {
        URI uri = URI.create("http://" + broker.address("http") + "/v1" + path);
        HttpRequest request =
                HttpRequest.newBuilder(uri).method(method, BodyPublishers.ofString(body)).build();
        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201);
        return answer.body();
    }

    private void makeSchedules(BrokerProcess broker) throws Exception {
        ask(broker, "PUT", "/queues/" + QUEUE, "");
        for (String catchUp : List.of("skip", "one")) {
            ask(broker, "PUT", "/schedules/" + catchUp, schedule("*/2", catchUp));
        }
        List<Callable<String>> puts =
                IntStream.range(0, SCHEDULES)
                        .<Callable<String>>mapToObj(i ->
                                () ->
                                        ask(
                                                broker,
                                                "PUT",
                                                "/schedules/all-" + i,
                                                schedule("*", "all")))
                        .toList();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (Future<String> put : threads.invokeAll(puts)) {
                put.get();
            }
        }
    }

    private static String schedule(String seconds, String catchUp) {
        return ("{\"cron\":\"%s * * * * *\",\"catchUp\":\"%s\",\"target\":{\"queue\":\"%s\"},"
                        + "\"message\":{\"body\":\"\"}}")
                .formatted(seconds, catchUp, QUEUE);
    }

    /// Takes what comes until every schedule has come for a time, or a later one.
    private void takeUntil(BrokerProcess broker, long timeMs) throws Exception {
        try (Connection connection = KilledBroker.connect(broker);
                Channel channel = connection.createChannel()) {
            channel.basicConsume(
                    QUEUE,
                    true,
                    (_, delivery) -> {
                        Object name = delivery.getProperties().getHeaders().get("x-schedule");
                        arrived.computeIfAbsent(name.toString(), _ -> new CopyOnWriteArrayList<>())
                                .add(timeMs(delivery));
                    },
                    _ -> {});
            assertThat(Waiting.until(PATIENCE, () -> hasCome(timeMs))).isTrue();
        }
    }

    private boolean hasCome(long timeMs) {
        return arrived.size() == SCHEDULES + 2
                && arrived.values().stream().allMatch(times -> times.getLast() >= timeMs);
    }

    /// Kills it while those publish that come each second, and all else waits; gives which second.
    private long killInTheMidst(BrokerProcess broker) throws Exception {
        long atMs;
        do {
            atMs = (System.currentTimeMillis() / ROUND_MS + 1) * ROUND_MS + SECOND_MS;
            awaitTime(atMs - SECOND_MS / 3);
        } while (!isNext(broker, "skip", atMs + SECOND_MS)
                || !isNext(broker, "one", atMs + SECOND_MS)
                || System.currentTimeMillis() > atMs);
        awaitHalf(broker, atMs);
        broker.kill9();
        return atMs;
    }

    /// Waits until half of the schedules have published for a time.
    private static void awaitHalf(BrokerProcess broker, long timeMs) throws Exception {
        Channel channel = KilledBroker.connect(broker).createChannel();
        CountDownLatch half = new CountDownLatch(SCHEDULES / 2);
        channel.basicConsume(
                QUEUE,
                false, // it stays for later
                (_, delivery) -> {
                    if (timeMs(delivery) == timeMs) {
                        half.countDown();
                    }
                },
                _ -> {});
        assertThat(half.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    private static long timeMs(Delivery delivery) {
        Object time = delivery.getProperties().getHeaders().get("x-schedule-time");
        return Instant.parse(time.toString()).toEpochMilli();
    }

    private boolean isNext(BrokerProcess broker, String schedule, long timeMs) throws Exception {
        String next = "\"next\":\"" + Instant.ofEpochMilli(timeMs) + '"';
        return ask(broker, "GET", "/schedules/" + schedule, "").contains(next);
    }

    private static void awaitTime(long timeMs) {
        Waiting.until(PATIENCE, () -> System.currentTimeMillis() >= timeMs);
    }

    private static long second() {
        return System.currentTimeMillis() / SECOND_MS * SECOND_MS;
    }

    @Test
    void each_time_comes_once_and_what_was_missed_as_the_schedule_says() throws Exception {
        long killedMs;
        long startedMs;
        try (BrokerProcess broker = KilledBroker.start(folder, 3)) {
            makeSchedules(broker);
            killInTheMidst(broker);
            broker.restart();
            killedMs = killInTheMidst(broker);
            awaitTime(killedMs + ROUND_MS + SECOND_MS + 100);
            startedMs = System.currentTimeMillis();
            broker.restart();
            takeUntil(broker, second() + SECOND_MS);
        }

        Map<String, List<Long>> wrong = new TreeMap<>();
        arrived.forEach((name, times) -> {
            if (name.startsWith("all-") && !times.equals(eachSecond(times))) {
                wrong.put(name, times);
            }
        });
        assertThat(wrong).isEmpty();
        assertThat(between("skip", killedMs, startedMs)).isEmpty();
        assertThat(between("one", killedMs, startedMs)).containsExactly(killedMs + SECOND_MS);
    }

    private static List<Long> eachSecond(List<Long> times) {
        return LongStream.iterate(
                        times.getFirst(), time -> time <= times.getLast(), time -> time + SECOND_MS)
                .boxed()
                .toList();
    }

    private List<Long> between(String name, long fromMs, long toMs) {
        List<Long> some = new ArrayList<>(arrived.get(name));
        some.removeIf(time -> time < fromMs || time > toMs);
        return some;
    }
}
