package io.polylog.protocol.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Session;
import io.polylog.message.TopicName;
import io.polylog.protocol.mqtt.Claims.Claim;
import io.polylog.security.Operation;
import io.polylog.security.Permissions;
import io.polylog.security.Principal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What happens to sessions that have no connection: their wills are published, and they end when
/// their time is over. On a loop and with a core session of its own; other threads come in by
/// [#execute].
final class Home {
    private static final Logger log = LoggerFactory.getLogger(Home.class);
    private static final long TICK_MS = 250;
    private static final long MOST_CLOSE_MS = 2_000;

    private final EventExecutor loop;
    private final Permissions permissions;
    private final LongSupplier wallMs;
    private final SessionStore store;
    private final Claims claims;
    private final SharedGroups groups;
    private final Session session;
    private final PriorityQueue<Due> due = new PriorityQueue<>(Comparator.comparingLong(Due::atMs));

    private final Future<?> ticks;
    private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();
    private int underWay;
    private boolean closing;

    /// Something to look at when its time has come.
    private record Due(long atMs, ClientKey key) {}

    Home(MqttProtocol.Seams seams, SessionStore store, Claims claims, SharedGroups groups) {
        loop = seams.home();
        permissions = seams.permissions();
        wallMs = seams.wallMs();
        this.store = store;
        this.claims = claims;
        this.groups = groups;
        session = seams.broker().session(Principal.BROKER, Mailbox.of(loop));
        ticks = loop.scheduleAtFixedRate(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
    }

    // What others use ----------------------------------------------------------------------------

    /// Runs a task here. Any thread.
    void execute(Runnable task) {
        loop.execute(task);
    }

    /// Asks something here, and answers on another loop. Any thread.
    <T extends @Nullable Object> CompletionStage<T> ask(
            Supplier<CompletionStage<T>> question, Executor back) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        loop.execute(() ->
                Stages.asked(question)
                        .whenComplete((value, failed) ->
                                back.execute(() -> {
                                    if (failed == null) {
                                        answer.complete(value);
                                    } else {
                                        answer.completeExceptionally(failed);
                                    }
                                })));
        return answer;
    }

    Session session() {
        return session;
    }

    long wallMs() {
        return wallMs.getAsLong();
    }

    // Beginning ----------------------------------------------------------------------------------

    /// Brings back what there was before the last stop. Completes here. Any thread.
    CompletionStage<@Nullable Void> start() {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        loop.execute(() ->
                store.load(session)
                        .whenComplete((_, failed) -> {
                            if (failed == null) {
                                restored();
                                done.complete(null);
                            } else {
                                done.completeExceptionally(failed);
                            }
                        }));
        return done;
    }

    /// Nobody is connected yet: who was when the broker ended has lost its connection now.
    private void restored() {
        for (SessionRecord record : List.copyOf(store.all())) {
            groups.join(record);
            if (record.disconnectedAtMs() == 0) {
                store.write(session, record.disconnected(wallMs()));
            }
            wait(record.key());
        }
        session.definitions().topics().stream()
                .map(topic -> topic.spec().name())
                .filter(name -> name.name().startsWith(Filter.SHARED) && !groups.has(name))
                .toList()
                .forEach(this::delete);
    }

    /// Ends it, once what it has begun is done. Not on an event loop.
    void close() {
        loop.execute(() -> {
            closing = true;
            leaveWhenQuiet();
        });
        try {
            closed.get(MOST_CLOSE_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException late) {
            log.warn("sessions are not all written: they end at the next start", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void leaveWhenQuiet() {
        if (closing && underWay == 0) {
            ticks.cancel(false);
            session.close();
            closed.complete(null);
        }
    }

    // Sessions without a connection --------------------------------------------------------------

    /// A session has lost its connection, and its claim is still held: what is due at once is done
    /// when the stage completes.
    CompletionStage<@Nullable Void> disconnected(SessionRecord record) {
        underWay++;
        return done(record)
                .exceptionally(failed -> {
                    log.error("client '{}'", record.key().clientId(), failed);
                    return null;
                })
                .thenAccept(_ -> {
                    underWay--;
                    leaveWhenQuiet();
                });
    }

    /// Comes back to a session without a connection when something of it is due.
    void wait(ClientKey key) {
        SessionRecord record = store.find(key);
        if (record != null && record.disconnectedAtMs() > 0 && record.isMortal()) {
            due.add(new Due(record.dueAtMs(), key));
        }
    }

    private void tick() {
        try {
            long now = wallMs();
            while (!closing && !due.isEmpty() && due.peek().atMs() <= now) {
                look(due.poll().key());
            }
        } catch (RuntimeException e) {
            log.error("looking after sessions failed", e);
        }
    }

    /// Does what is due of a session, unless it has a connection again.
    private void look(ClientKey key) {
        Claim claim = claims.claimIdle(key);
        if (claim == null) {
            return; // it is alive, and comes here again
        }
        SessionRecord record = store.find(key);
        boolean idle = record != null && record.disconnectedAtMs() > 0;
        CompletionStage<@Nullable Void> done = Stages.DONE;
        if (record != null && idle && record.dueAtMs() <= wallMs()) {
            done = disconnected(record);
        }
        done.whenComplete((_, _) -> {
            claim.release();
            wait(key);
        });
    }

    private CompletionStage<@Nullable Void> done(SessionRecord record) {
        boolean willDue = record.will() != null && record.willAtMs() <= wallMs();
        SessionRecord after = willDue ? record.with((Will) null) : record;
        CompletionStage<@Nullable Void> first = willDue ? publishWill(record) : Stages.DONE;
        return first.thenCompose(
                _ -> record.endsAtMs() <= wallMs() ? discard(after) : store.write(session, after));
    }

    // Wills --------------------------------------------------------------------------------------

    /// Publishes a session's will in the name of who left it.
    CompletionStage<@Nullable Void> publishWill(SessionRecord record) {
        Will will = record.will();
        if (will == null) {
            return Stages.DONE;
        }
        String namespace = record.key().namespace();
        String subject = TopicNames.subject(will.topic());
        String permitted = Messages.permitted(will.topic(), subject);
        Principal user = new Principal(record.user());
        if (!Messages.isOpen(will.topic())
                || !permissions.allow(user, Operation.WRITE, namespace, permitted)) {
            log.warn("client '{}' may not publish its will", record.key().clientId());
            return Stages.DONE;
        }
        ByteBuffer stored =
                MqttContent.stored(
                        new MqttContent.Head(
                                will.qos() | (will.retain() ? MqttContent.RETAIN : 0),
                                record.key().clientId().getBytes(UTF_8),
                                will.topic(),
                                will.expirySeconds(),
                                will.properties()),
                        ByteBuffer.wrap(will.payload()));
        Content content = Messages.content(stored, will.expirySeconds());
        List<Publication> all = new ArrayList<>(2);
        CompletionStage<@Nullable Void> ready = Stages.DONE;
        if (will.retain()) {
            ready = Retained.topic(namespace).make(session);
            boolean empty = will.payload().length == 0;
            Publication kept =
                    Retained.publication(
                            session.definitions(), namespace, will.topic(), content, empty);
            if (kept != null) {
                all.add(kept);
            }
        }
        Address address = Messages.address(namespace, will.topic(), subject);
        all.add(new Publication(address, content));
        return ready.thenCompose(_ -> KeyedTopic.publish(session, all))
                .exceptionally(failed -> {
                    log.error("a will of client '{}' is lost", record.key().clientId(), failed);
                    return null;
                });
    }

    // The end of a session -----------------------------------------------------------------------

    /// Removes all that there is of a session: its queues, its part in groups, its record.
    CompletionStage<@Nullable Void> discard(SessionRecord record) {
        CompletionStage<@Nullable Void> gone = delete(record.key().queue());
        gone = gone.thenCompose(_ -> delete(record.key().marks()));
        groups.leave(record).forEach(this::delete);
        return gone.thenCompose(_ -> store.remove(session, record.key()));
    }

    /// Removes a queue that nobody has any more.
    CompletionStage<@Nullable Void> delete(TopicName queue) {
        if (groups.has(queue) || session.definitions().topic(queue) == null) {
            return Stages.DONE;
        }
        return Stages.end(session.deleteTopic(queue, false, false))
                .exceptionally(failed -> {
                    log.warn("{} could not be removed: {}", queue, failed.getMessage());
                    return null;
                });
    }
}
