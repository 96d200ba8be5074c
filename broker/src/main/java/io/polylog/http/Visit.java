package io.polylog.http;

import io.netty.channel.Channel;
import io.polylog.broker.Broker;
import io.polylog.broker.BrokerException;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Session;
import io.polylog.net.ConnectionInfo.Peer;
import io.polylog.net.Connections;
import io.polylog.net.LoopTasks;
import io.polylog.security.Authenticator;
import io.polylog.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who is at the other end of a connection, as its last request said, and the session that its
/// requests share. On the connection's loop.
public final class Visit {
    private static final List<String> SAID = List.of("Authorization", "Host", "Origin");

    private final Channel channel;
    private List<@Nullable String> said = List.of();
    private @Nullable Principal known;
    private @Nullable Session session;

    Visit(Channel channel) {
        this.channel = channel;
    }

    LoopTasks tasks() {
        return LoopTasks.of(channel);
    }

    /// Finds out who asks. One of the two is called, here or later on the loop.
    void enter(
            Request request,
            @Nullable Authenticator users,
            Consumer<Principal> then,
            Consumer<Throwable> refused) {
        List<@Nullable String> says = new ArrayList<>(SAID.size());
        SAID.forEach(name -> says.add(request.header(name)));
        if (known != null && says.equals(said)) {
            then.accept(known);
            return;
        }
        try {
            Gate.principal(request, users)
                    .whenComplete((found, failed) ->
                            onLoop(() -> {
                                if (failed != null) {
                                    refused.accept(BrokerException.reason(failed));
                                } else {
                                    entered(request, says, found, then, refused);
                                }
                            }));
        } catch (RuntimeException denied) {
            refused.accept(denied);
        }
    }

    private void onLoop(Runnable task) {
        if (channel.eventLoop().inEventLoop()) {
            task.run();
        } else {
            tasks().post(task);
        }
    }

    private void entered(
            Request request,
            List<@Nullable String> says,
            Optional<Principal> found,
            Consumer<Principal> then,
            Consumer<Throwable> refused) {
        if (found.isEmpty()) {
            refused.accept(new Gate.LoginNeeded());
            return;
        }
        Principal who = found.get();
        if (!who.equals(known)) {
            end("another user asks on its connection");
            String agent = Objects.requireNonNullElse(request.header("User-Agent"), "");
            Connections.introduce(channel, new Peer(who.name(), "", agent));
        }
        said = says;
        known = who;
        then.accept(who);
    }

    /// The session of who asked last.
    Session session(Broker broker) {
        Session now = session;
        if (now == null) {
            now = broker.session(Objects.requireNonNull(known), Mailbox.of(tasks()));
            session = now;
        }
        return now;
    }

    /// Ends the session.
    void end(String why) {
        if (session != null) {
            session.close(why);
            session = null;
        }
    }
}
