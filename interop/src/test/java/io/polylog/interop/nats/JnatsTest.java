package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.JetStreamStatusException;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What applications do with NATS' own client.
class JnatsTest {
    private static final Duration NOTHING_COMES = Duration.ofMillis(50);

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Jnats one;
    private Jnats other;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void connect() throws Exception {
        one = Jnats.on(broker);
        other = Jnats.on(broker);
    }

    @AfterEach
    void disconnect() {
        one.close();
        other.close();
    }

    @Test
    void wildcards_get_what_fits_in_order() throws Exception {
        Subscription star = one.subscribe("orders.*");
        Subscription rest = one.subscribe("orders.>");
        Subscription exact = one.subscribe("orders.eu");
        for (String subject : List.of("orders.eu", "orders.us", "orders.eu.new", "orders", "x")) {
            other.publish(subject, subject);
        }
        other.client.flush(Jnats.PATIENCE);

        assertThat(texts(star, 2)).containsExactly("orders.eu", "orders.us");
        assertThat(texts(rest, 3)).containsExactly("orders.eu", "orders.us", "orders.eu.new");
        assertThat(texts(exact, 1)).containsExactly("orders.eu");
        assertThat(star.nextMessage(NOTHING_COMES)).isNull();
    }

    private static List<String> texts(Subscription subscription, int count) throws Exception {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(Jnats.text(Jnats.next(subscription)));
        }
        return texts;
    }

    @Test
    void headers_come_back_as_they_were() throws Exception {
        Subscription subscription = one.subscribe("h");
        Headers headers = new Headers().add("Shop", "eu", "us").add("shop", "lower");
        other.client.publish(
                NatsMessage.builder()
                        .subject("h")
                        .replyTo("answers")
                        .headers(headers)
                        .data("body")
                        .build());

        Message came = Jnats.next(subscription);
        assertThat(Jnats.text(came)).isEqualTo("body");
        assertThat(came.getReplyTo()).isEqualTo("answers");
        assertThat(came.getHeaders()).isEqualTo(headers);
    }

    @Test
    void a_queue_group_shares_and_others_get_everything() throws Exception {
        Subscription first = one.client.subscribe("work", "group");
        Subscription second = other.client.subscribe("work", "group");
        Subscription otherGroup = other.client.subscribe("work", "another");
        Subscription alone = one.subscribe("work");
        other.client.flush(Jnats.PATIENCE);
        for (int i = 0; i < 100; i++) {
            one.publish("work", "" + i);
        }
        one.client.flush(Jnats.PATIENCE);
        other.client.flush(Jnats.PATIENCE);

        List<String> all = IntStream.range(0, 100).mapToObj(i -> "" + i).toList();
        assertThat(texts(alone, 100)).isEqualTo(all);
        assertThat(texts(otherGroup, 100)).isEqualTo(all);
        List<String> shared = new ArrayList<>(texts(first, 50));
        shared.addAll(texts(second, 50));
        assertThat(shared).containsExactlyInAnyOrderElementsOf(all);
    }

    @Test
    void requests_are_answered() throws Exception {
        var dispatcher =
                other.client.createDispatcher(
                        request -> other.client.publish(request.getReplyTo(), request.getData()));
        dispatcher.subscribe("echo", "services");
        other.client.flush(Jnats.PATIENCE);

        for (int i = 0; i < 10; i++) {
            byte[] question = ("question " + i).getBytes(UTF_8);
            Message answer = one.client.request("echo", question, Jnats.PATIENCE);
            assertThat(answer.getData()).isEqualTo(question);
        }
    }

    @Test
    void a_request_that_nobody_hears_fails_at_once() throws Exception {
        assertThatThrownBy(() ->
                        one.client
                                .request("nobody.home", new byte[0])
                                .get(Jnats.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .isInstanceOf(CancellationException.class);
        try (Jnats told = Jnats.on(broker, Options.Builder::reportNoResponders)) {
            assertThatThrownBy(() -> told.client.request("nobody.home", new byte[0]).get())
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(JetStreamStatusException.class)
                    .hasMessageContaining("503");
        }
    }

    @Test
    void who_wants_no_echo_hears_only_others() throws Exception {
        try (Jnats deaf = Jnats.on(broker, Options.Builder::noEcho)) {
            Subscription subscription = deaf.subscribe("chat");
            deaf.publish("chat", "own");
            deaf.client.flush(Jnats.PATIENCE);
            one.publish("chat", "other");

            assertThat(texts(subscription, 1)).containsExactly("other");
        }
    }

    @Test
    void a_subscription_ends_after_so_many_messages_or_at_once() throws Exception {
        Subscription three = one.client.subscribe("n");
        three.unsubscribe(3);
        Subscription none = one.client.subscribe("n");
        none.unsubscribe();
        Subscription all = one.subscribe("n");
        for (int i = 0; i < 5; i++) {
            other.publish("n", "" + i);
        }
        assertThat(texts(all, 5)).hasSize(5);
        assertThat(texts(three, 3)).containsExactly("0", "1", "2");
        assertThat(three.isActive()).isFalse();
    }

    @Test
    void a_connection_drains() throws Exception {
        Subscription subscription = one.subscribe("drain");
        for (int i = 0; i < 20; i++) {
            one.publish("drain", "" + i);
        }
        var drained = one.client.drain(Jnats.PATIENCE);
        assertThat(texts(subscription, 20)).hasSize(20);
        assertThat(drained.get()).isTrue();
    }

    @Test
    void large_messages_pass_whole() throws Exception {
        byte[] large = new byte[3 << 20];
        large[large.length - 1] = 7;
        Subscription subscription = one.subscribe("large");
        other.client.publish("large", large);

        assertThat(Jnats.next(subscription).getData()).isEqualTo(large);
    }
}
