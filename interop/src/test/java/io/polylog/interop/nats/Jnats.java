package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.polylog.interop.RunningBroker;
import java.time.Duration;
import java.util.function.UnaryOperator;

/// NATS' own Java client. One thread.
public final class Jnats implements AutoCloseable {
    public static final Duration PATIENCE = Duration.ofSeconds(15);

    public final Connection client;

    private Jnats(Options options) throws Exception {
        client = Nats.connect(options);
    }

    public static Jnats on(RunningBroker broker) throws Exception {
        return on(broker, options -> options);
    }

    /// @param how sets further options
    static Jnats on(RunningBroker broker, UnaryOperator<Options.Builder> how) throws Exception {
        Options.Builder options =
                new Options.Builder()
                        .server("nats://" + broker.address("nats"))
                        .connectionTimeout(PATIENCE)
                        .noReconnect();
        return new Jnats(how.apply(options).build());
    }

    /// Subscribes; returns when the broker knows.
    public Subscription subscribe(String subject) throws Exception {
        Subscription subscription = client.subscribe(subject);
        client.flush(PATIENCE);
        return subscription;
    }

    public void publish(String subject, String text) {
        client.publish(subject, text.getBytes(UTF_8));
    }

    /// The next message; fails when none comes.
    public static Message next(Subscription subscription) throws Exception {
        Message message = subscription.nextMessage(PATIENCE);
        assertThat(message).isNotNull();
        return message;
    }

    public static String text(Message message) {
        return new String(message.getData(), UTF_8);
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
