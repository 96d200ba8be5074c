package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.SubjectView;
import io.polylog.broker.Topic;
import io.polylog.broker.shard.ShardPort;
import io.polylog.broker.shard.SubjectQuestion;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What a session asks the index of a partition, when all that it did so far is there; in steps on
/// the shard's thread, with others between. On the session's loop.
final class Subjects implements SubjectView {
    private static final int MOST_PATTERNS = 1_000;

    private final CoreSession session;
    private final Topic topic;
    private final ShardPort port;
    private final long stream;

    /// @throws BrokerException INVALID where the topic has no index
    Subjects(CoreSession session, Topic topic, int partition) {
        if (!topic.spec().policy().admission().indexed()) {
            throw new BrokerException(
                    Kind.INVALID, topic.spec().name() + " has no index of subjects");
        }
        this.session = session;
        this.topic = topic;
        Topic.Partition place = topic.partitions().get(partition);
        port = session.core().port(place.shard());
        stream = place.stream();
    }

    @Override
    public CompletionStage<Long> last(String pattern, long below) {
        return session.staged(() -> ask(new SubjectQuestion.Newest(pattern, below)));
    }

    @Override
    public CompletionStage<Long> next(List<String> patterns, long from) {
        return session.staged(() -> ask(new SubjectQuestion.Oldest(checked(patterns), from)));
    }

    @Override
    public CompletionStage<Count> count(List<String> patterns, long from, long end) {
        return session.staged(() -> {
            if (end < from) {
                throw new BrokerException(Kind.INVALID, "nothing lies from " + from + " to " + end);
            }
            return ask(new SubjectQuestion.Counting(checked(patterns), from, end));
        });
    }

    @Override
    public CompletionStage<Page<Last>> lastOfEach(
            List<String> patterns, long below, @Nullable String after, int limit) {
        return session.staged(() -> {
            requirePositive(limit);
            return ask(new SubjectQuestion.NewestOfEach(checked(patterns), below, after, limit));
        });
    }

    @Override
    public CompletionStage<Page<Held>> subjects(String pattern, @Nullable String after, int limit) {
        return session.staged(() -> {
            requirePositive(limit);
            return ask(new SubjectQuestion.Listing(pattern, after, limit));
        });
    }

    @Override
    public CompletionStage<Long> distinct() {
        return session.staged(
                () -> session.askAfterMine(port, serving -> serving.subjects().distinct(stream)));
    }

    /// @throws BrokerException INVALID where there are none, or too many
    static List<String> checked(List<String> patterns) {
        if (patterns.isEmpty() || patterns.size() > MOST_PATTERNS) {
            throw new BrokerException(
                    Kind.INVALID, "1 to " + MOST_PATTERNS + " patterns, not " + patterns.size());
        }
        return patterns;
    }

    private static void requirePositive(int limit) {
        if (limit < 1) {
            throw new BrokerException(Kind.INVALID, "a page of " + limit);
        }
    }

    /// Asks when all that the session did so far is there.
    <T> CompletionStage<T> ask(SubjectQuestion<T> question) {
        CompletableFuture<T> done = new CompletableFuture<>();
        session.afterMine(port, () -> step(question, done));
        return done;
    }

    private <T> void step(SubjectQuestion<T> question, CompletableFuture<T> done) {
        port.ask(
                session.loop(),
                serving -> serving.subjects().step(stream, question),
                step -> {
                    switch (step) {
                        case ON -> step(question, done);
                        case ANSWERED -> done.complete(question.answer());
                        case MISSING ->
                                done.completeExceptionally(
                                        new BrokerException(
                                                Kind.NOT_FOUND, topic.spec().name() + " is gone"));
                    }
                });
    }
}
