package io.polylog.broker;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What a partition of a topic with an index ([QueuePolicy.Admission#indexed]) knows of the
/// subjects of its messages. Patterns are of dot-separated words, as a topic exchange has them: `*`
/// stands for one word, `#` for any number. Part of a [Session]: called on its loop, and stages
/// complete there; they fail with [BrokerException]. What is long is looked up in steps, so that
/// others are served in between; what comes meanwhile may be told or not.
public interface SubjectView {
    /// The offset of the newest message below an offset whose subject fits, or -1.
    CompletionStage<Long> last(String pattern, long below);

    /// The offset of the oldest message from an offset on whose subject fits one of the patterns,
    /// or -1.
    CompletionStage<Long> next(List<String> patterns, long from);

    /// How many messages from an offset on, below another, have a subject that fits one of the
    /// patterns. Who wants to know it later adds what is counted from [Count#end] on, and counts
    /// anew when [Count#removals] is another: something was removed.
    CompletionStage<Count> count(List<String> patterns, long from, long end);

    /// Of each subject that fits one of the patterns, in the order of their bytes, the newest
    /// message below an offset; without those that have none.
    ///
    /// @param after [Page#next] of the page before, or null for the first
    /// @param limit most to give, 1 or more
    CompletionStage<Page<Last>> lastOfEach(
            List<String> patterns, long below, @Nullable String after, int limit);

    /// The subjects that fit, in the order of their bytes, with how many messages each has.
    ///
    /// @param after [Page#next] of the page before, or null for the first
    /// @param limit most to give, 1 or more
    CompletionStage<Page<Held>> subjects(String pattern, @Nullable String after, int limit);

    /// How many subjects there are.
    CompletionStage<Long> distinct();

    /// What was counted.
    ///
    /// @param removals how many messages of the partition were ever removed, as far as known: only
    ///   whether it changes says something
    /// @param end one past the last offset that was looked at
    record Count(long count, long removals, long end) {}

    /// Some of many.
    ///
    /// @param next where the next page goes on, or null when this is the last
    record Page<T>(List<T> all, @Nullable String next) {}

    /// The newest message of a subject.
    record Last(String subject, long offset) {}

    /// A subject, and how many messages of it there are.
    record Held(String subject, long count) {}
}
