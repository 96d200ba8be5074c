package io.polylog.protocol.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.EventExecutor;
import io.polylog.broker.Broker;
import io.polylog.broker.Definitions;
import io.polylog.broker.InternalStream;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Session;
import io.polylog.protocol.webhook.Definition.From;
import io.polylog.protocol.webhook.Definition.Mode;
import io.polylog.protocol.webhook.Definition.Source;
import io.polylog.protocol.webhook.Definition.State;
import io.polylog.protocol.webhook.Definition.Terms;
import io.polylog.security.Principal;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A name that means something else a moment later: what was checked is what is connected to.
class RebindingTest {
    private static final String SECRET = Signer.secret(new byte[32]);

    /// Nothing is consumed here.
    private static final Broker NO_BROKER =
            new Broker() {
                @Override
                public Session session(Principal principal, Mailbox loop) {
                    throw new IllegalStateException("no session is needed");
                }

                @Override
                public Definitions definitions() {
                    throw new IllegalStateException("no definitions are needed");
                }

                @Override
                public InternalStream internalStream(String name, int partitions, int partition) {
                    throw new IllegalStateException("no stream is needed");
                }
            };

    private final EventExecutor loop = new DefaultEventLoop();
    private final Deque<List<InetAddress>> answers = new ArrayDeque<>();
    private final List<InetSocketAddress> dialled = new ArrayList<>();

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private ChannelFuture dial(
            EventExecutor on, InetSocketAddress to, int timeoutMs, ChannelHandler first) {
        dialled.add(to);
        EmbeddedChannel refused = new EmbeddedChannel();
        return refused.newFailedFuture(new ConnectException("nobody there"));
    }

    private Outcome post() throws Exception {
        Tools tools =
                new Tools(
                        NO_BROKER,
                        Map.of(),
                        new AddressGuard(false, Set.of()),
                        host -> CompletableFuture.completedFuture(answers.removeFirst()),
                        this::dial,
                        () -> {
                            throw new IllegalStateException("no TLS is needed");
                        },
                        System::currentTimeMillis,
                        System::nanoTime,
                        () -> 0);
        Terms terms = new Terms("https://a.example/", Mode.RAW, Map.of(), 1, 0, 1000, List.of());
        Definition webhook =
                new Definition(
                        new HookName("/", "w"),
                        "anonymous",
                        new Source("orders", "", false, From.NEXT),
                        terms,
                        List.of(SECRET),
                        State.ACTIVE);
        CompletableFuture<Outcome> ended = new CompletableFuture<>();
        loop.execute(() -> {
            Poster poster = new Poster(tools, loop, webhook);
            poster.post(poster.writer().test("t", new byte[0]), ended::complete);
        });
        return ended.get(10, TimeUnit.SECONDS);
    }

    @Test
    void the_address_that_was_checked_is_the_one_connected_to() throws Exception {
        InetAddress outside = InetAddress.getByName("1.1.1.1");
        InetAddress inside = InetAddress.getLoopbackAddress();
        answers.add(List.of(outside));
        answers.add(List.of(inside));
        answers.add(List.of(inside, outside));

        assertThat(post().told()).isEqualTo("nobody there");
        assertThat(post().told()).contains("a.example is 127.0.0.1, a private address");
        assertThat(post().told()).isEqualTo("nobody there");

        InetSocketAddress checked = new InetSocketAddress(outside, 443);
        assertThat(dialled).containsExactly(checked, checked);
        assertThat(answers).isEmpty();
    }
}
