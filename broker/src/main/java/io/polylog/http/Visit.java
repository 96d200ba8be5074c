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
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who is at the other end of a connection, as its last request said, and the session that its
/// requests share. On the connection's loop.
public final class Visit {
    private static final List<String> SAID = List.of("Authorization", "Host", "Origin");

    private final Channel channel;
    private final Origins origins;
    private List<@Nullable String> said = List.of();
    private @Nullable Principal known;
    private @Nullable Session session;

    Visit(Channel channel, Origins origins) {
        this.channel = channel;
        this.origins = origins;
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
            requireNear(request, users);
            Consumer<Principal> admitted =
                    who -> {
                        said = says;
                        then.accept(who);
                    };
            String agent = Objects.requireNonNullElse(request.header("User-Agent"), "");
            login(Gate.principal(request, users), agent, admitted, refused);
        } catch (RuntimeException denied) {
            refused.accept(denied);
        }
    }

    /// @throws BrokerException DENIED
    void requireNear(Request request, @Nullable Authenticator users) {
        Gate.requireNear(request, users != null, origins);
    }

    /// Waits until it is found out who it is. One of the two is called, here or later on the loop.
    ///
    /// @param asked empty where nobody knows
    /// @param agent what the client calls itself
    public void login(
            CompletionStage<Optional<Principal>> asked,
            String agent,
            Consumer<Principal> then,
            Consumer<Throwable> refused) {
        asked.whenComplete((found, failed) ->
                onLoop(() -> {
                    if (failed != null) {
                        refused.accept(BrokerException.reason(failed));
                    } else {
                        entered(agent, found, then, refused);
                    }
                }));
    }

    /// Who it is; null while nobody knows.
    public @Nullable Principal who() {
        return known;
    }

    private void onLoop(Runnable task) {
        if (channel.eventLoop().inEventLoop()) {
            task.run();
        } else {
            tasks().post(task);
        }
    }

    private void entered(
            String agent,
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
            Connections.introduce(channel, new Peer(who.name(), "", agent));
        }
        known = who;
        then.accept(who);
    }

    /// The session of who asked last.
    public Session session(Broker broker) {
        Session now = session;
        if (now == null) {
            now = broker.session(Objects.requireNonNull(known), Mailbox.of(tasks()));
            session = now;
        }
        return now;
    }

    /// Who asks now is somebody else, for all that is known.
    void forget() {
        end("somebody else asks on its connection");
        said = List.of();
        known = null;
    }

    /// Ends the session.
    void end(String why) {
        if (session != null) {
            session.close(why);
            session = null;
        }
    }
}
