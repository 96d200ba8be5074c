package io.polylog.protocol.nats.jetstream.publishing;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.broker.Session;
import io.polylog.broker.Transaction;
import io.polylog.broker.Transaction.Settled;
import io.polylog.broker.TransactionException;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsHeaders;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.InTurn;
import io.polylog.protocol.nats.jetstream.streams.Lookup;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Adds to the counters that a stream's subjects are (nats-server's ADR-49). Who publishes says by
/// how much; what is stored is the sum, made from the newest message of the subject and stored only
/// if that still is the newest. A stream's counters are raised by one transaction after the other,
/// each of what came meanwhile; also by what comes from counters of other streams. On the home
/// loop, but for [#add].
public final class Counters {
    private static final String ID = "Nats-Msg-Id";
    private static final int MOST_TOGETHER = 256;
    private static final int MOST_REMEMBERED = 1000;
    private static final int MOST_TRIES = 20;

    private final Session session;
    private final Lookup lookup;
    private final Executor home;
    private final Map<UUID, Line> lines = new HashMap<>();

    /// What somebody adds: one message, a batch, or what comes from another stream.
    private static final class Job {
        private final List<Publication> messages;
        private final CompletableFuture<@Nullable Added> done = new CompletableFuture<>();

        /// What is stored of another stream's, or null.
        private final @Nullable Filling filling;

        /// Whether it is not to be stored with others.
        private boolean alone;

        private Job(List<Publication> messages, boolean alone, @Nullable Filling filling) {
            this.messages = messages;
            this.alone = alone;
            this.filling = filling;
        }
    }

    /// Messages of another stream's counters.
    ///
    /// @param session that holds their deliveries
    /// @param settled those, as one with the messages
    private record Filling(Session session, List<Settled> settled) {}

    /// What is stored of a job.
    ///
    /// @param last where its last message is
    /// @param value that the counter of that is at
    private record Added(Placed last, BigInteger value) {}

    /// Makes the answer to who adds.
    interface Told {
        /// All of it is stored, now or before.
        ///
        /// @param last where the last message is
        /// @param value that its counter is at; of a duplicate, null
        @Nullable String stored(Placed last, @Nullable BigInteger value);

        @Nullable String refused(Throwable why);
    }

    /// The jobs of a stream.
    private static final class Line {
        private final Deque<Job> waiting = new ArrayDeque<>();

        /// What the counters were at last, as far as is remembered.
        private final Map<String, Total> totals =
                new LinkedHashMap<>(16, 0.75f, true) {
                    private static final long serialVersionUID = 1L;

                    @Override
                    protected boolean removeEldestEntry(Map.Entry<String, Total> eldest) {
                        return size() > MOST_REMEMBERED;
                    }
                };

        private boolean busy;
    }

    public Counters(Session session, Lookup lookup, Executor home) {
        this.session = session;
        this.lookup = lookup;
        this.home = home;
    }

    /// Adds what messages say, all of them or none. Any thread.
    ///
    /// @param messages each with an increment, checked
    /// @return the answer, on the home loop
    CompletionStage<@Nullable String> add(
            StreamTopic stream, List<Publication> messages, Told told) {
        Job job = new Job(messages, messages.size() == 1 && hasId(messages.getFirst()), null);
        home.execute(() -> take(stream, job));
        return job.done.handle((added, failed) -> {
            if (failed != null) {
                return told.refused(BrokerException.reason(failed));
            }
            if (added == null) {
                return null;
            }
            Placed last = added.last;
            return told.stored(last, last.duplicate() ? null : added.value);
        });
    }

    /// Adds what counters of another stream are at, and settles what was delivered of it, as one.
    ///
    /// @param session that holds the deliveries
    /// @param what one message at least, each with the header that says where it is from
    public CompletionStage<?> fill(StreamTopic stream, Session session, Transaction what) {
        Filling filling = new Filling(session, what.settlements());
        Job job = new Job(what.publications(), true, filling);
        take(stream, job);
        return job.done;
    }

    private void take(StreamTopic stream, Job job) {
        Line line = lines.computeIfAbsent(stream.topic().id(), _ -> new Line());
        line.waiting.add(job);
        next(stream, line);
    }

    private static boolean hasId(Publication message) {
        byte[] headers = NatsContent.wrap(message.content().bytes()).headers();
        return NatsHeaders.read(headers).first(ID) != null;
    }

    // One transaction after the other ------------------------------------------------------------

    private void next(StreamTopic stream, Line line) {
        if (line.busy || line.waiting.isEmpty()) {
            return;
        }
        line.busy = true;
        List<Job> group = new ArrayList<>();
        int size = 0;
        do {
            Job job = line.waiting.remove();
            group.add(job);
            size += job.messages.size();
        } while (!group.getFirst().alone
                && !line.waiting.isEmpty()
                && !line.waiting.peek().alone
                && size + line.waiting.peek().messages.size() <= MOST_TOGETHER);
        store(stream, line, group, MOST_TRIES);
    }

    private void over(StreamTopic stream, Line line) {
        line.busy = false;
        if (line.waiting.isEmpty()) {
            home.execute(() -> forget(stream, line));
        }
        next(stream, line);
    }

    /// A stream that is gone leaves nothing.
    private void forget(StreamTopic stream, Line line) {
        boolean gone = session.definitions().topic(stream.name()) == null;
        if (gone && !line.busy && line.waiting.isEmpty()) {
            lines.remove(stream.topic().id(), line);
        }
    }

    private void store(StreamTopic stream, Line line, List<Job> group, int tries) {
        Set<String> subjects =
                group.stream()
                        .flatMap(job -> job.messages.stream())
                        .map(Counters::subject)
                        .filter(subject -> !line.totals.containsKey(subject))
                        .collect(Collectors.toSet());
        InTurn.each(subjects, subject -> look(stream, line, subject))
                .thenCompose(_ -> store(stream, line, group))
                .whenComplete((_, failed) -> {
                    Throwable why = failed == null ? null : BrokerException.reason(failed);
                    boolean conflict =
                            why instanceof TransactionException barred
                                    && barred.why() == TransactionException.Why.CONFLICT;
                    if (why != null) {
                        line.totals.clear();
                    }
                    if (conflict && tries > 0) {
                        store(stream, line, group, tries - 1);
                        return;
                    }
                    if (why != null) {
                        refuse(line, group, why);
                    }
                    over(stream, line);
                });
    }

    /// What failed together may be stored alone.
    private static void refuse(Line line, List<Job> group, Throwable why) {
        if (group.size() == 1) {
            group.getFirst().done.completeExceptionally(why);
            return;
        }
        for (Job job : group.reversed()) {
            job.alone = true;
            line.waiting.addFirst(job);
        }
    }

    private static String subject(Publication message) {
        return NatsContent.wrap(message.content().bytes()).subject();
    }

    private CompletionStage<@Nullable Void> look(StreamTopic stream, Line line, String subject) {
        return lookup.last(stream, subject)
                .thenApply(found -> {
                    line.totals.put(subject, found == null ? Total.NONE : Total.of(found));
                    return null;
                });
    }

    // The sums -----------------------------------------------------------------------------------

    private CompletionStage<@Nullable Void> store(StreamTopic stream, Line line, List<Job> group) {
        Map<String, Total> sums = new HashMap<>();
        List<Publication> sent = new ArrayList<>();
        List<BigInteger> values = new ArrayList<>();
        for (Job job : group) {
            for (Publication message : job.messages) {
                String subject = subject(message);
                Total before = Objects.requireNonNull(line.totals.get(subject));
                Total now = sums.getOrDefault(subject, before);
                Total.Raised raised =
                        job.filling == null
                                ? now.plus(message.content())
                                : now.plusSourced(message.content());
                boolean first = sums.put(subject, raised.total()) == null;
                Expectation newest = new Expectation(Scope.KEY, before.offset());
                Expectation expected =
                        first ? newest.in(stream.topicName()) : message.expectation();
                values.add(raised.total().value());
                sent.add(
                        new Publication(
                                message.address(),
                                raised.content(),
                                expected,
                                stream.topicName(),
                                message.replaces()));
            }
        }
        return send(sent, group)
                .thenApply(outcomes -> {
                    for (int place = 0; place < sent.size(); place++) {
                        Placed placed = outcomes.placed(place);
                        if (placed == null || placed.duplicate()) {
                            line.totals.clear();
                            break;
                        }
                        String subject = subject(sent.get(place));
                        Total sum = Objects.requireNonNull(sums.get(subject));
                        line.totals.put(subject, sum.at(placed.offset()));
                    }
                    answer(group, values, outcomes);
                    return null;
                });
    }

    private CompletionStage<Outcomes> send(List<Publication> sent, List<Job> group) {
        Filling filling = group.getFirst().filling;
        if (filling != null) {
            return filling.session.transact(new Transaction(sent, filling.settled, true));
        }
        if (!group.getFirst().alone || sent.size() > 1) {
            return session.transact(new Transaction(sent, List.of(), true));
        }
        // Where it was stored before is told to who publishes it alone.
        CompletableFuture<Outcomes> done = new CompletableFuture<>();
        session.publish(
                sent,
                outcomes -> {
                    if (outcomes.at(0) == Outcome.CONFLICT) {
                        done.completeExceptionally(
                                new TransactionException(
                                        0, Objects.requireNonNull(outcomes.conflict(0))));
                    } else if (outcomes.at(0) == Outcome.STORED) {
                        done.complete(outcomes);
                    } else {
                        done.completeExceptionally(
                                ApiError.STORE_FAILED.of("refused: " + outcomes.at(0)));
                    }
                });
        return done;
    }

    private static void answer(List<Job> group, List<BigInteger> values, Outcomes outcomes) {
        int end = 0;
        for (Job job : group) {
            end += job.messages.size();
            Placed last = outcomes.placed(end - 1);
            job.done.complete(last == null ? null : new Added(last, values.get(end - 1)));
        }
    }
}
