package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Browse.Seen;
import io.polylog.broker.Destination;
import io.polylog.broker.Operations.Selection;
import io.polylog.broker.Operations.Tally;
import io.polylog.broker.Topic;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.RelocateCommand;
import io.polylog.broker.command.RelocateCommand.Relocated;
import io.polylog.broker.command.RelocateCommand.Relocation;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.core.Scan.Look;
import io.polylog.broker.shard.Assignment;
import io.polylog.broker.shard.Serving.TakenAll;
import io.polylog.broker.shard.StreamEnds;
import io.polylog.log.Command;
import io.polylog.security.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// One operator's order to send messages of a queue on, or to throw them away: looks for what is
/// meant, takes it while it is ready, lets it go, and waits until it is there before it looks
/// further. On the session's loop.
final class Shipment {
    private static final int MOST_MESSAGES = 250;
    private static final int MOST_BYTES = 1 << 20;

    /// Offsets between two that are meant which it looks through rather than look anew.
    private static final int NEAR = 100;

    private static final long SECOND_NANOS = 1_000_000_000;

    private final CoreSession session;
    private final Topic queue;
    private final Order order;
    private final Scan scan;
    private final Choice choice;
    private final CompletableFuture<Tally> done = new CompletableFuture<>();
    private final Map<String, Long> byTarget = new HashMap<>();
    private final int slice;

    private long position;
    private long until;
    private long count;
    private long stranded;
    private long damaged;
    private long dueNanos;

    /// What is found in one look.
    private final List<Chosen> chosen = new ArrayList<>();

    private long chosenBytes;

    /// A message that is meant.
    private record Chosen(long offset, int attempt, String target) {
        Span span() {
            return new Span(offset, offset + 1, attempt);
        }
    }

    /// What the operator wants.
    ///
    /// @param to where messages go, or null: nowhere
    /// @param perSecond most in a second, 0 for as fast as it goes
    /// @param dryRun whether nothing is to happen
    record Order(Selection selection, @Nullable Destination to, int perSecond, boolean dryRun) {}

    Shipment(CoreSession session, Topic queue, Order order) {
        this.session = session;
        this.queue = queue;
        this.order = order;
        scan = new Scan(session, queue, queue.partitions().getFirst(), "");
        choice = new Choice(session.core(), order.selection());
        slice =
                order.perSecond() == 0
                        ? MOST_MESSAGES
                        : Math.clamp(order.perSecond() / 10, 1, MOST_MESSAGES);
    }

    CompletionStage<Tally> begin() {
        StreamEnds ends = scan.port().ends(scan.stream());
        until = ends == null ? 0 : ends.end();
        position = choice.next(0);
        dueNanos = session.core().clock().nanos();
        step();
        return done;
    }

    private void step() {
        if (session.isClosed()) {
            done.completeExceptionally(Scan.closed());
            return;
        }
        if (position >= until || count >= order.selection().limit()) {
            finish();
            return;
        }
        chosen.clear();
        chosenBytes = 0;
        scan.look(position, (seen, _) -> choose(seen)).whenComplete(this::looked);
    }

    private void finish() {
        done.complete(new Tally(count, byTarget, stranded, damaged, position));
    }

    // Choosing ---------------------------------------------------------------------------------

    private boolean choose(Seen seen) {
        long offset = seen.offset();
        if (offset >= until) {
            return false;
        }
        if (choice.has(seen)) {
            String target = target(seen);
            if (target == null) {
                stranded++;
            } else {
                chosen.add(new Chosen(offset, seen.attempt(), target));
                chosenBytes += seen.content().bytes().remaining();
            }
        }
        long wanted = Math.min(slice, order.selection().limit() - count);
        return chosen.size() < wanted
                && chosenBytes < MOST_BYTES
                && choice.next(offset + 1) - offset < NEAR;
    }

    /// Which queue it goes to, "" for wherever; null when it can go nowhere.
    private @Nullable String target(Seen seen) {
        Destination to = order.to();
        if (to == null) {
            return "";
        }
        String namespace = queue.spec().name().namespace();
        Onward onward = Onward.of(session.core(), namespace, to, seen.content(), seen.offset());
        if (onward == null || onward.plan().isEmpty()) {
            return null;
        }
        String target = onward.target();
        boolean open = target.isEmpty() || session.may(Operation.WRITE, namespace, target);
        return open ? target : null;
    }

    private void looked(@Nullable Look look, @Nullable Throwable failed) {
        if (look == null) {
            done.completeExceptionally(failed == null ? Scan.closed() : failed);
            return;
        }
        damaged += look.damage().size();
        position = look.atEnd() ? until : choice.next(look.next());
        if (chosen.isEmpty()) {
            session.loop().post(this::step);
        } else if (order.dryRun()) {
            chosen.forEach(this::tally);
            session.loop().post(this::step);
        } else {
            take();
        }
    }

    private void tally(Chosen one) {
        count++;
        byTarget.merge(one.target, 1L, Long::sum);
    }

    // Letting go -------------------------------------------------------------------------------

    private void take() {
        List<Span> spans = chosen.stream().map(Chosen::span).toList();
        scan.port()
                .ask(
                        session.loop(),
                        serving -> serving.inspection().pick(scan.stream(), spans),
                        this::taken);
    }

    private void taken(TakenAll taken) {
        if (taken.assignments().isEmpty()) {
            session.loop().post(this::step);
            return;
        }
        session.ask(scan.port(), command(taken))
                .whenComplete((answer, failed) -> {
                    if (failed == null) {
                        gone(taken, answer);
                    } else {
                        scan.port()
                                .run(serving ->
                                        serving.giveBack(
                                                taken.subscription(),
                                                taken.epoch(),
                                                taken.assignments()));
                        done.completeExceptionally(BrokerException.reason(failed));
                    }
                });
    }

    private Command command(TakenAll taken) {
        List<Span> spans = Assignment.spans(taken.assignments());
        HeadWriter head = new HeadWriter(64 + spans.size() * 6);
        Destination to = order.to();
        if (to == null) {
            new SettleCommand(taken.subscription(), taken.epoch(), Outcome.DISCARDED, spans)
                    .encode(head);
            return Command.of(SettleCommand.TYPE, head.toBuffer());
        }
        Relocation where = new Relocation(to, session.principal().name());
        RelocateCommand.of(where, taken.subscription(), taken.epoch(), spans).encode(head);
        return Command.of(RelocateCommand.TYPE, head.toBuffer());
    }

    private void gone(TakenAll taken, Object answer) {
        Set<Long> offsets = new HashSet<>();
        for (Assignment each : taken.assignments()) {
            for (long offset = each.first(); offset < each.end(); offset++) {
                offsets.add(offset);
            }
        }
        chosen.stream().filter(each -> offsets.contains(each.offset)).forEach(this::tally);
        if (answer instanceof Relocated relocated) {
            Runnable arrived = () -> session.loop().post(() -> pause(offsets.size()));
            session.core().mover().whenSent(scan.stream(), relocated.upTo(), arrived);
        } else {
            pause(offsets.size());
        }
    }

    /// Keeps to the pace.
    private void pause(int messages) {
        int perSecond = order.perSecond();
        if (perSecond == 0) {
            step();
            return;
        }
        long now = session.core().clock().nanos();
        dueNanos = Math.max(dueNanos, now - SECOND_NANOS / 10);
        dueNanos += SECOND_NANOS * messages / perSecond;
        session.core()
                .scheduler()
                .after(Math.max(0, dueNanos - now), () -> session.loop().post(this::step));
    }
}
