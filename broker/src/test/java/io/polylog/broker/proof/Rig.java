package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Broker;
import io.polylog.broker.BrokerException;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.core.Surroundings.Opener;
import io.polylog.security.Principal;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// A broker over some engine, driven by the test. The engines differ in who does the work: threads
/// of their own, or the test's thread step by step.
abstract class Rig implements AutoCloseable {
    /// The exchange of each namespace that leads into its subject space.
    static final String SUBJECTS = "subjects";

    /// The exchanges every namespace begins with.
    static final List<ExchangeSpec> BUILT_INS =
            List.of(Specs.exchange(SUBJECTS, ExchangeSpec.Kind.TOPIC));

    /// Opens the tests' own encodings.
    static final Opener OPENER = new TextOpener();

    final TestLoop loop = new TestLoop();

    abstract Broker broker();

    /// Lets the broker work until the condition holds; fails when it never does.
    abstract void await(String what, BooleanSupplier condition);

    /// Lets everything happen that happens by itself.
    abstract void quiesce();

    /// Lets time pass, and what falls due happen.
    abstract void passMs(long ms);

    /// The clock that measures.
    abstract long nanos();

    /// Runs what may block (but needs the engine to go on) and gives its result.
    abstract <T> T blocking(Supplier<T> call);

    @Override
    public abstract void close();

    /// An engine that keeps what it answered.
    abstract static class Durable extends Rig {
        /// The process dies, loses what may be lost, and is started again.
        abstract void crash();

        /// The process is stopped in peace and started again.
        abstract void restart();

        /// Takes a checkpoint and waits for it.
        abstract void checkpoint();

        /// From now on there is no room for new data, or there is again.
        abstract void diskFull(boolean full);
    }

    /// A new connection.
    final Peer peer() {
        return new Peer(this, broker().session(Principal.ANONYMOUS, loop));
    }

    /// The result of a stage, or the BrokerException it failed with.
    final <T> T await(CompletionStage<T> stage) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        await("an answer", future::isDone);
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof BrokerException refusal) {
                throw refusal;
            }
            throw e;
        }
    }

    /// The kind of error a call ends with, at once or as a stage.
    final BrokerException.Kind failure(Supplier<CompletionStage<?>> call) {
        try {
            Object result = await(call.get());
            assertThat(result).as("an error was expected, not").isSameAs(new Object());
            throw new IllegalStateException("unreachable");
        } catch (BrokerException e) {
            assertThat(e.getMessage()).as("an error says what is wrong").isNotBlank();
            return e.kind();
        }
    }
}
