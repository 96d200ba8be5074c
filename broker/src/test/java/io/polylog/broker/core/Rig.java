package io.polylog.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Broker;
import io.polylog.broker.BrokerException;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Session;
import io.polylog.broker.meta.BuiltIns;
import io.polylog.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;

/// A broker on one engine, and the loop its sessions live on: the test's thread.
abstract class Rig implements AutoCloseable {
    static final BuiltIns BUILT_INS =
            new BuiltIns(
                    List.of(
                            builtIn("", ExchangeSpec.Kind.DIRECT),
                            builtIn("x.direct", ExchangeSpec.Kind.DIRECT),
                            builtIn("x.fanout", ExchangeSpec.Kind.FANOUT),
                            builtIn("x.topic", ExchangeSpec.Kind.TOPIC),
                            builtIn("x.headers", ExchangeSpec.Kind.HEADERS)),
                    "x.topic");

    final LinkedBlockingQueue<Runnable> posted = new LinkedBlockingQueue<>();
    final Mailbox loop = posted::add;
    private final List<Session> sessions = new ArrayList<>();

    private static ExchangeSpec builtIn(String name, ExchangeSpec.Kind kind) {
        return ExchangeSpec.durable("/", name, kind);
    }

    abstract Broker broker();

    /// Lets one thing happen; false when nothing can.
    abstract boolean turn();

    /// The process dies and starts again: sessions and what was not durable are gone.
    abstract void crash();

    /// Takes checkpoints, where the engine does.
    abstract void checkpoint();

    Session session() {
        return session(Principal.ANONYMOUS);
    }

    Session session(Principal principal) {
        Session session = broker().session(principal, loop);
        sessions.add(session);
        return session;
    }

    /// The sessions of the process before are no more.
    void forgetSessions() {
        sessions.clear();
        posted.clear();
    }

    void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            assertThat(turn() || condition.getAsBoolean()).as("nothing more happens").isTrue();
        }
    }

    /// Lets everything happen that can.
    void settleDown() {
        boolean more = true;
        while (more) {
            more = turn();
        }
    }

    <T> T await(CompletionStage<T> stage) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        until(future::isDone);
        try {
            return future.join();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof BrokerException refused ? refused : failed;
        }
    }

    /// Why a stage fails.
    BrokerException.Kind failure(CompletionStage<?> stage) {
        CompletableFuture<?> future = stage.toCompletableFuture();
        until(future::isDone);
        Throwable thrown = future.handle((_, failed) -> failed).join();
        assertThat(thrown).as("it should have failed").isNotNull();
        Throwable cause = thrown instanceof CompletionException ? thrown.getCause() : thrown;
        return ((BrokerException) cause).kind();
    }

    @Override
    public void close() {
        for (Session session : sessions) {
            session.close();
        }
        sessions.clear();
    }
}
