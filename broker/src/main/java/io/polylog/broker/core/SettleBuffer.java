package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Settlement;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.machine.Request;
import io.polylog.broker.machine.Result;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.Batch;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Gathers the settlements of one turn of the loop into few commands: acknowledgements that come
/// one by one become ranges. On the session's loop.
final class SettleBuffer {
    private static final long RETRY_NANOS = 10_000_000;

    private final CoreSession session;
    private final List<Gathered> gathered = new ArrayList<>();
    private CompletableFuture<@Nullable Void> flushed = new CompletableFuture<>();
    private @Nullable CompletableFuture<@Nullable Void> givingBack;
    private boolean posted;
    private int unanswered;

    SettleBuffer(CoreSession session) {
        this.session = session;
    }

    /// What becomes of deliveries.
    ///
    /// @param delayMs how long what comes back is hidden, or [SettleCommand#BY_POLICY]
    /// @param error what is said of them
    record Fate(Outcome outcome, long delayMs, String error) {
        static Fate of(Outcome outcome) {
            return of(outcome, "");
        }

        static Fate of(Outcome outcome, String error) {
            return new Fate(outcome, SettleCommand.BY_POLICY, error);
        }

        static Fate of(Settlement how) {
            Outcome outcome =
                    switch (how.kind()) {
                        case ACCEPT -> Outcome.ACCEPTED;
                        case RELEASE -> Outcome.RELEASED;
                        case REJECT -> Outcome.REJECTED;
                        case GIVE_UP -> Outcome.EXHAUSTED;
                    };
            return new Fate(outcome, how.delayMs(), how.error());
        }

        SettleCommand command(long subscription, long epoch, List<Span> spans) {
            return new SettleCommand(subscription, epoch, outcome, delayMs, error, spans);
        }
    }

    /// Spans with one fate.
    private static final class Gathered {
        final long subscription;
        final long epoch;
        final Fate fate;
        final List<Span> spans = new ArrayList<>();

        Gathered(long subscription, long epoch, Fate fate) {
            this.subscription = subscription;
            this.epoch = epoch;
            this.fate = fate;
        }

        SettleCommand command() {
            return fate.command(subscription, epoch, spans);
        }

        void add(long first, long end, int attempt) {
            Span last = spans.isEmpty() ? null : spans.getLast();
            if (last != null && last.end() == first && last.attempt() == attempt) {
                spans.set(spans.size() - 1, new Span(last.first(), end, attempt));
            } else {
                spans.add(new Span(first, end, attempt));
            }
        }

        boolean takes(long other, long otherEpoch, Fate otherFate) {
            return subscription == other
                    && epoch == otherEpoch
                    && fate.equals(otherFate)
                    && spans.size() < SettleCommand.MAX_SPANS;
        }
    }

    /// Adds offsets; they are proposed at the end of the turn, or by [#flush].
    ///
    /// @param epoch in which the shard's leader handed them out
    void add(long subscription, long epoch, Fate fate, Span span) {
        Gathered last = gathered.isEmpty() ? null : gathered.getLast();
        if (last == null || !last.takes(subscription, epoch, fate)) {
            last = new Gathered(subscription, epoch, fate);
            gathered.add(last);
        }
        last.add(span.first(), span.end(), span.attempt());
        if (!posted) {
            posted = true;
            session.loop().post(this::turnIsOver);
        }
    }

    private void turnIsOver() {
        posted = false;
        flush(false);
    }

    /// Whether settlements were proposed, or gathered, that are not answered yet.
    boolean isOutstanding() {
        return unanswered > 0 || !gathered.isEmpty();
    }

    /// Runs a task when everything gathered or proposed so far that gives something back is
    /// applied; at once when there is none.
    void afterAll(Runnable task) {
        if (!gathered.isEmpty()) {
            flushed.whenComplete((_, _) -> task.run());
        } else if (givingBack != null && !givingBack.isDone()) {
            givingBack.whenComplete((_, _) -> task.run());
        } else {
            task.run();
        }
    }

    /// Completes when what is gathered now is durable.
    CompletionStage<@Nullable Void> whenDurable() {
        return flushed;
    }

    /// Proposes what is gathered.
    ///
    /// @param awaited whether somebody waits for it
    void flush(boolean awaited) {
        if (gathered.isEmpty()) {
            return;
        }
        Flush flush = new Flush(flushed);
        flushed = new CompletableFuture<>();
        List<ShardPort> ports = new ArrayList<>(1);
        for (Gathered each : gathered) {
            ShardPort port = port(each);
            if (!ports.contains(port)) {
                ports.add(port);
            }
        }
        flush.waitingFor = ports.size();
        unanswered += ports.size();
        List<Gathered> all = List.copyOf(gathered);
        gathered.clear();
        if (all.stream().anyMatch(each -> !each.fate.outcome.leaves())) {
            givingBack = flush.done;
        }
        for (ShardPort port : ports) {
            propose(port, all.stream().filter(each -> port(each) == port).toList(), awaited, flush);
        }
    }

    private ShardPort port(Gathered each) {
        return session.core().port(StreamId.shard(StreamId.stream(each.subscription)));
    }

    private void propose(ShardPort port, List<Gathered> parts, boolean awaited, Flush flush) {
        List<Command> commands = new ArrayList<>(parts.size());
        boolean urgent = awaited;
        for (Gathered each : parts) {
            HeadWriter head = new HeadWriter(24 + each.fate.error.length() + each.spans.size() * 6);
            each.command().encode(head);
            commands.add(Command.of(SettleCommand.TYPE, head.toBuffer()));
            // What comes back is wanted by others.
            urgent |= !each.fate.outcome.leaves();
        }
        Urgency urgency = urgent ? Urgency.SETTLE : Urgency.RELAXED;
        propose(port, commands, urgency, flush);
    }

    private void propose(ShardPort port, List<Command> commands, Urgency urgency, Flush flush) {
        Runnable again = () -> propose(port, commands, urgency, flush);
        port.propose(new Batch(commands, urgency, flush.part(again)));
    }

    /// One flush on its way.
    private final class Flush {
        private final CompletableFuture<@Nullable Void> done;
        private @Nullable BrokerException failure;
        int waitingFor;

        Flush(CompletableFuture<@Nullable Void> done) {
            this.done = done;
        }

        /// @param again proposes the same once more
        Request part(Runnable again) {
            return new Request(session.loop()) {
                private volatile Result.@Nullable Failed failed;

                @Override
                public void result(int command, Result result) {
                    boolean gone =
                            result instanceof Result.Failed(Kind kind, String _)
                                    && kind == Kind.NOT_FOUND;
                    if (result instanceof Result.Failed refused && !gone) {
                        failed = refused;
                    }
                }

                @Override
                public void answered(Batch.@Nullable Refusal refusal) {
                    if (refusal == Batch.Refusal.BUSY || refusal == Batch.Refusal.DISK_FULL) {
                        // A settlement is not to be lost for want of room: there will be some.
                        session.core().scheduler().after(RETRY_NANOS, again);
                    } else {
                        over(refusal, failed);
                    }
                }
            };
        }

        private void over(Batch.@Nullable Refusal refusal, Result.@Nullable Failed failed) {
            unanswered--;
            waitingFor--;
            if (refusal != null) {
                failure = Ask.meaning(refusal);
            } else if (failed != null) {
                failure = failed.exception();
            }
            if (waitingFor == 0) {
                if (failure == null) {
                    done.complete(null);
                } else {
                    done.completeExceptionally(failure);
                }
            }
        }
    }
}
