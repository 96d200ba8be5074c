package io.polylog.broker;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Trail.Cause;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What an operator does with queues: look at what waits without taking it, find out why dead
/// letters died, send messages on, throw them away, and stop a queue from being served. Part of a
/// [Session]: called on its loop, and stages complete there; they fail with [BrokerException], and
/// CLOSED when the session ends meanwhile. What is long goes on in turns, so that others are served
/// in between, and holds no more than a megabyte of messages at a time.
public interface Operations {
    /// Looks at what is unsettled in a queue or subscription, of a topic at what is kept, from an
    /// offset on: at least one record where there is one, then while there are at most
    /// `maxMessages` of `maxBytes` together. Nothing changes: neither order, nor attempts, nor
    /// counts. Fails NOT_FOUND, or INVALID where several partitions are meant.
    CompletionStage<Browse> browse(SubscriptionRef what, long from, int maxMessages, int maxBytes);

    /// Counts what is unsettled in a queue by why and where it died last, the largest group first.
    /// Groups beyond the first thousand are counted together as one of neither.
    CompletionStage<List<Group>> groups(TopicName queue);

    /// Sends ready messages on, in the order of their offsets, each recorded on its trail
    /// ([Trail.Replay]). Completes when all are where they go. None is lost or doubled between,
    /// also when the broker dies; what is sent when the session ends, or the broker, is sent, the
    /// rest stays. Fails NOT_FOUND (no such queue; nothing there to take them), DENIED, INVALID (no
    /// queue).
    ///
    /// @param perSecond most messages in a second, 0 for as fast as it goes
    /// @param dryRun whether to tell only what would be done
    CompletionStage<Tally> send(
            Selection selection, Destination destination, int perSecond, boolean dryRun);

    /// Throws ready messages away: no dead letters.
    ///
    /// @param dryRun whether to tell only what would be done
    CompletionStage<Tally> discard(Selection selection, boolean dryRun);

    /// Replaces one ready message by another content at the end of its queue, with its trail: the
    /// old one is gone and the new one is there, or nothing happened. Gives its offset, or -1 where
    /// somebody was given it already. Fails NOT_FOUND when it is not ready, DENIED, INVALID where
    /// the edit throws IllegalArgumentException, and as [Session#transact].
    ///
    /// @param edit gives the content from what is stored; its envelope's trail is ignored
    CompletionStage<Long> edit(TopicName queue, long offset, UnaryOperator<Content> edit);

    /// Stops serving a queue or subscription, or goes on: consumers stay and are given nothing,
    /// nothing can be taken, publishing goes on, and so do expiry and limits. What a consumer has
    /// it may settle. Survives restarts. No effect where it is so already. Fails NOT_FOUND, or
    /// INVALID of what is no queue nor subscription.
    CompletionStage<@Nullable Void> pause(SubscriptionRef what, boolean paused);

    /// Sets a rule, in place of one of that name, or takes the one of that name away. Completes
    /// when every queue concerned goes by it. Fails DENIED, NOT_FOUND (no such namespace; none of
    /// that name), INVALID (its pattern).
    CompletionStage<@Nullable Void> rule(Rule rule, boolean add);

    /// Which messages of a queue.
    ///
    /// @param queue its name
    /// @param offsets those, in any order; empty for all
    /// @param from the first offset
    /// @param limit most messages
    /// @param filter what else they must be
    record Selection(TopicName queue, List<Long> offsets, long from, long limit, Filter filter) {
        public Selection {
            offsets = offsets.stream().sorted().distinct().toList();
        }

        /// Everything.
        public static Selection all(TopicName queue) {
            return new Selection(queue, List.of(), 0, Long.MAX_VALUE, Filter.ANY);
        }

        /// Those at some offsets.
        public static Selection at(TopicName queue, List<Long> offsets) {
            return new Selection(queue, offsets, 0, Long.MAX_VALUE, Filter.ANY);
        }

        public Selection with(Filter other) {
            return new Selection(queue, offsets, from, limit, other);
        }

        /// At most so many.
        public Selection first(long most) {
            return new Selection(queue, offsets, from, most, filter);
        }
    }

    /// What messages must be.
    ///
    /// @param cause why they died last, or null: whyever, or not at all
    /// @param origin the queue in which they died last, or null
    /// @param sinceMs when they came into this queue at the earliest, milliseconds since 1970
    /// @param untilMs when at the latest
    /// @param headers which they must have, with these values as text
    record Filter(
            @Nullable Cause cause,
            @Nullable String origin,
            long sinceMs,
            long untilMs,
            Map<String, String> headers) {
        public static final Filter ANY = new Filter(null, null, 0, Long.MAX_VALUE, Map.of());

        public Filter {
            headers = Map.copyOf(headers);
        }

        public static Filter died(Cause cause) {
            return new Filter(cause, null, 0, Long.MAX_VALUE, Map.of());
        }
    }

    /// Messages that died last for the same reason in the same queue.
    ///
    /// @param cause why, or null of what never died
    /// @param origin the queue, or null of what never died
    /// @param count how many
    /// @param oldestMs when the first came into this queue, milliseconds since 1970
    /// @param newestMs when the last did
    record Group(
            @Nullable Cause cause,
            @Nullable String origin,
            long count,
            long oldestMs,
            long newestMs) {}

    /// What was done, or would be.
    ///
    /// @param count messages that are where they go, or are gone
    /// @param byTarget of them by queue or topic named as their target; "" for those an exchange
    ///   routes
    /// @param stranded that would have been meant, but have no origin, or one that is gone, or
    ///   where the operator may not write
    /// @param damaged that cannot be read
    /// @param next where to go on after a limit
    record Tally(long count, Map<String, Long> byTarget, long stranded, long damaged, long next) {
        public Tally {
            byTarget = Map.copyOf(byTarget);
        }
    }
}
