package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Purge;
import io.polylog.broker.Topic;
import io.polylog.broker.command.CompactCommand.Span;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.PurgeCommand;
import io.polylog.broker.command.RemoveCommand;
import io.polylog.broker.command.SkipCommand;
import io.polylog.broker.command.TrimCommand;
import io.polylog.broker.command.TrimCommand.Cause;
import io.polylog.broker.shard.ShardPort;
import io.polylog.broker.shard.StreamEnds;
import io.polylog.broker.shard.SubjectQuestion;
import io.polylog.log.Command;
import io.polylog.message.TopicName;
import io.polylog.security.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/// Removes messages of topics for everybody: single ones, or all but some. On the session's loop.
final class Removing {
    private final CoreSession session;

    Removing(CoreSession session) {
        this.session = session;
    }

    // Single ones ------------------------------------------------------------------------------

    CompletionStage<List<Boolean>> remove(TopicName name, int number, List<Long> offsets) {
        Topic.Partition partition = removable(name, number);
        List<Span> spans = spans(offsets);
        return session.beginAfterMine(port(partition), () -> remove(partition, spans))
                .thenApply(gone -> offsets.stream().map(each -> holds(gone, each)).toList());
    }

    private Topic.Partition removable(TopicName name, int number) {
        Topic topic = topicToEmpty(name);
        if (number < 0 || number >= topic.partitions().size()) {
            throw new BrokerException(Kind.NOT_FOUND, name + " has no partition " + number);
        }
        if (!topic.spec().retention().removable()) {
            throw new BrokerException(
                    Kind.INVALID, name + " does not let its messages be removed one by one");
        }
        return topic.partitions().get(number);
    }

    /// Each offset that there may be, once, in order.
    private static List<Span> spans(List<Long> offsets) {
        List<Span> spans = new ArrayList<>();
        for (long offset : offsets.stream().sorted().distinct().toList()) {
            Span last = spans.isEmpty() ? null : spans.getLast();
            if (last != null && last.end() == offset) {
                spans.set(spans.size() - 1, new Span(last.first(), offset + 1));
            } else if (offset >= 0 && offset < Long.MAX_VALUE) {
                spans.add(new Span(offset, offset + 1));
            }
        }
        return spans;
    }

    private CompletionStage<List<Span>> remove(Topic.Partition partition, List<Span> spans) {
        CompletionStage<List<Span>> all = CompletableFuture.completedFuture(new ArrayList<>());
        for (int from = 0; from < spans.size(); from += RemoveCommand.MAX_SPANS) {
            List<Span> part =
                    spans.subList(from, Math.min(spans.size(), from + RemoveCommand.MAX_SPANS));
            HeadWriter head = new HeadWriter(32 + part.size() * 4);
            new RemoveCommand(partition.stream(), part, Cause.DELETED).encode(head);
            Command remove = Command.of(RemoveCommand.TYPE, head.toBuffer());
            all =
                    all.thenCompose(gone ->
                            session.ask(port(partition), remove)
                                    .thenApply(more -> {
                                        ((List<?>) more).forEach(each -> gone.add((Span) each));
                                        return gone;
                                    }));
        }
        return all;
    }

    CompletionStage<Long> skip(TopicName name, int number, long to) {
        Topic.Partition partition = removable(name, number);
        return session.beginAfterMine(port(partition), () -> skip(partition, to));
    }

    private CompletionStage<Long> skip(Topic.Partition partition, long to) {
        HeadWriter head = new HeadWriter(24);
        new SkipCommand(partition.stream(), to).encode(head);
        return session.ask(port(partition), Command.of(SkipCommand.TYPE, head.toBuffer()))
                .thenCompose(next ->
                        (long) next < to
                                ? skip(partition, to)
                                : CompletableFuture.completedFuture((Long) next));
    }

    /// Whether one of the spans, which are in order, holds an offset.
    private static boolean holds(List<Span> spans, long offset) {
        int least = 0;
        int end = spans.size();
        while (least < end) {
            int middle = (least + end) >>> 1;
            if (spans.get(middle).end() <= offset) {
                least = middle + 1;
            } else {
                end = middle;
            }
        }
        return least < spans.size() && spans.get(least).first() <= offset;
    }

    // All but some -----------------------------------------------------------------------------

    CompletionStage<Long> purge(TopicName name, Purge what) {
        Topic topic = topicToEmpty(name);
        if (topic.spec().retention().untilSettled()) {
            throw new BrokerException(Kind.INVALID, name + " is a queue: settle or purge it whole");
        }
        if (what.isOfOne() && topic.partitions().size() > 1) {
            throw new BrokerException(
                    Kind.INVALID, name + " has several partitions: only all can be removed");
        }
        boolean some = !what.patterns().isEmpty();
        CompletionStage<Long> sum = CompletableFuture.completedFuture(0L);
        for (Topic.Partition partition : topic.partitions()) {
            Supplier<CompletionStage<Long>> purge =
                    some ? fitting(topic, partition, what) : () -> purge(partition, what);
            sum =
                    sum.thenCompose(before ->
                            session.beginAfterMine(port(partition), purge)
                                    .thenApply(count -> before + count));
        }
        return sum;
    }

    private CompletionStage<Long> purge(Topic.Partition partition, Purge what) {
        CompletableFuture<Long> start = new CompletableFuture<>();
        port(partition)
                .ask(
                        session.loop(),
                        serving ->
                                serving.holdings()
                                        .newest(partition.stream(), what.keep(), what.below()),
                        start::complete);
        return start.thenCompose(first -> trim(partition, first));
    }

    private Supplier<CompletionStage<Long>> fitting(
            Topic topic, Topic.Partition partition, Purge what) {
        Subjects subjects = new Subjects(session, topic, partition.number());
        List<String> patterns = Subjects.checked(what.patterns());
        return () -> {
            StreamEnds ends = port(partition).ends(partition.stream());
            if (ends == null) {
                return CompletableFuture.completedFuture(0L);
            }
            long below = Math.min(what.below(), ends.end());
            CompletionStage<Long> end =
                    what.keep() == 0
                            ? CompletableFuture.completedFuture(below)
                            : subjects.ask(new SubjectQuestion.NewestSoMany(patterns, what.keep()));
            return end.thenCompose(
                    first -> fitting(partition, patterns, ends.start(), Math.min(first, below), 0));
        };
    }

    /// Part by part.
    private CompletionStage<Long> fitting(
            Topic.Partition partition, List<String> patterns, long from, long end, long before) {
        if (from >= end) {
            return CompletableFuture.completedFuture(before);
        }
        long to = Math.min(end, from + PurgeCommand.MOST);
        HeadWriter head = new HeadWriter(64);
        new PurgeCommand(partition.stream(), patterns, from, to).encode(head);
        return session.ask(port(partition), Command.of(PurgeCommand.TYPE, head.toBuffer()))
                .thenCompose(count -> fitting(partition, patterns, to, end, before + (Long) count));
    }

    private CompletionStage<Long> trim(Topic.Partition partition, long start) {
        HeadWriter head = new HeadWriter(24);
        new TrimCommand(partition.stream(), start, Cause.PURGED).encode(head);
        return session.ask(port(partition), Command.of(TrimCommand.TYPE, head.toBuffer()))
                .thenApply(count -> (Long) count);
    }

    // ------------------------------------------------------------------------------------------

    private Topic topicToEmpty(TopicName name) {
        session.require(Operation.CONFIGURE, name.namespace(), name.name());
        Topic topic = session.topicNamed(name);
        session.requireNotLocked(topic);
        return topic;
    }

    private ShardPort port(Topic.Partition partition) {
        return session.core().port(partition.shard());
    }
}
