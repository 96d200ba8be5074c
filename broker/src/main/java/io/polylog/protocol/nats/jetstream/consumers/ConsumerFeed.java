package io.polylog.protocol.nats.jetstream.consumers;

import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Consumer;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Filter;
import io.polylog.broker.Interest;
import io.polylog.broker.Session;
import io.polylog.broker.SubscriptionRef;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Where a consumer's messages come from: a named subscription that remembers what it has given, or
/// a cursor. On the home loop.
public final class ConsumerFeed {
    /// So many deliveries are noted ahead: a fourth of those made, but not fewer or more than that.
    private static final long LEAST_AHEAD = 32;

    private static final long MOST_AHEAD = 10_000;

    private final Tools tools;
    private final StreamTopic source;
    private final DeliveryListener listener;
    private ConsumerRecord record;
    private Matches matches;

    /// Null while it is not attached.
    private @Nullable Consumer core;

    /// Deliveries that are noted with its subscription.
    private long counted;

    /// Whether that is being noted.
    private boolean noting;

    /// Whether it is about to have another configuration.
    private boolean changing;

    private boolean closed;

    /// @param listener gets what comes
    ConsumerFeed(
            Tools tools, StreamTopic source, DeliveryListener listener, ConsumerRecord record) {
        this.tools = tools;
        this.source = source;
        this.listener = listener;
        this.record = record;
        matches = matches();
    }

    private Matches matches() {
        return new ScannedMatches(tools.session(), source, tools.stored(), record);
    }

    private Session session() {
        return tools.session();
    }

    private ConsumerConfig config() {
        return record.config();
    }

    /// Begins, or goes on where it was.
    ///
    /// @param fresh whether it has never begun before
    CompletionStage<@Nullable Void> open(boolean fresh) {
        if (fresh || !record.isRemembered()) {
            return matches.begin().thenCompose(from -> attach(from, interest()));
        }
        return session()
                .describe(subscription())
                .thenCompose(state -> {
                    ConsumerRecord.Noted noted = ConsumerRecord.Noted.read(state.interest().note());
                    counted = noted == null ? 0 : noted.counted();
                    return become(state.shares().getFirst().deliveredEnd(), state.interest());
                });
    }

    /// How many deliveries it made, or some more.
    long counted() {
        return counted;
    }

    /// So many deliveries are made: noted now and then, for some more than that.
    void counts(long count) {
        long ahead = Math.clamp(count / 4, LEAST_AHEAD, MOST_AHEAD);
        boolean enough = count + ahead / 2 < counted;
        if (enough || noting || changing || core == null || !record.isRemembered()) {
            return;
        }
        noting = true;
        counted = count + ahead;
        session()
                .alterSubscription(carrier(), noted(filter()))
                .whenComplete((_, _) -> noting = false);
    }

    /// Counts from an offset on.
    private CompletionStage<@Nullable Void> goOn(long offset) {
        // Which the last of each were is to be known again.
        CompletionStage<?> begun =
                config().isLastOfEach() ? matches.begin() : CompletableFuture.completedFuture(null);
        return begun.thenCompose(_ -> matches.goOn(offset));
    }

    /// It has another configuration: where it wants others of its stream's messages, from those on
    /// that nobody has got.
    CompletionStage<@Nullable Void> become(ConsumerRecord changed) {
        boolean same = changed.config().filters().equals(config().filters());
        Filter before = filter();
        record = changed;
        CompletionStage<@Nullable Void> stored =
                record.isRemembered()
                        ? session().alterSubscription(carrier(), noted(before))
                        : CompletableFuture.completedFuture(null);
        changing = true;
        return (same ? stored : stored.thenCompose(_ -> refilter()))
                .whenComplete((_, _) -> changing = false);
    }

    /// Where a crash cuts this off, it is done when the consumer is used next: what its record says
    /// then differs from what its subscription is for.
    private CompletionStage<@Nullable Void> refilter() {
        long next = matches.next();
        matches.close();
        matches = matches();
        Consumer before = core;
        core = null;
        CompletionStage<@Nullable Void> detached =
                before == null
                        ? CompletableFuture.completedFuture(null)
                        : before.close().thenApply(_ -> null);
        if (!record.isRemembered()) {
            return detached.thenCompose(_ -> goOn(next)).thenCompose(_ -> attach(next, interest()));
        }
        return detached.thenCompose(_ -> session().describe(subscription()))
                .thenCompose(state -> become(next, state.interest()));
    }

    /// Goes on at an offset; its subscription is for something else where it has to be, and what it
    /// had left out ahead is looked at anew.
    ///
    /// @param now what the subscription is for
    private CompletionStage<@Nullable Void> become(long next, Interest now) {
        // One that was made for all gets all: what is not wanted is left out here.
        if (now.isAll() || now.filter().equals(filter())) {
            return goOn(next).thenCompose(_ -> attach(next, now));
        }
        return session()
                .alterSubscription(carrier(), interest())
                .thenCompose(_ -> session().reset(carrier(), new Start.Offset(next)))
                .thenCompose(_ -> goOn(next))
                .thenCompose(_ -> attach(next, interest()));
    }

    private CompletionStage<@Nullable Void> attach(long from, Interest interest) {
        ConsumeSpec spec =
                new ConsumeSpec(subscription(), false, false, 0, 0, new Start.Offset(from), null);
        return session()
                .consume(spec.with(interest), listener)
                .thenApply(made -> {
                    core = made;
                    if (closed) {
                        close();
                    }
                    return null;
                });
    }

    private Interest interest() {
        return record.isRemembered() ? noted(filter()) : Interest.in(filter());
    }

    private Interest noted(Filter filter) {
        return Interest.in(filter).noted(record.note(source.partition(), counted));
    }

    private SubscriptionRef carrier() {
        return record.carrier(source);
    }

    /// What is of batches may say no subject: the core knows none then.
    private Filter filter() {
        return source.isMade() ? config().filters().neutral() : Filter.NONE;
    }

    private SubscriptionRef subscription() {
        return source.subscription(record.isRemembered() ? record.subscription() : "");
    }

    /// Which messages it wants, and how many are before it.
    Matches wanted() {
        return matches;
    }

    boolean isAttached() {
        return core != null;
    }

    /// How many may be with the consumer.
    void credit(int most) {
        if (core != null) {
            core.credit(most);
        }
    }

    /// It can take more after it said that it could not.
    void resume() {
        if (core != null) {
            core.resume();
        }
    }

    /// There is nothing to detach from any more.
    void cancelled() {
        core = null;
    }

    CompletionStage<@Nullable Void> close() {
        closed = true;
        matches.close();
        Consumer here = core;
        core = null;
        CompletionStage<@Nullable Void> done = CompletableFuture.completedFuture(null);
        return here == null ? done : here.close().thenApply(_ -> null);
    }
}
