package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Delivery;
import io.polylog.broker.Transaction.Settled;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.core.SettleBuffer.Fate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The deliveries that a transaction settles. Nobody else settles them from its beginning on, and
/// if it fails they are given back. On the session's loop.
final class Withheld {
    private final Consumers consumers;
    private final List<One> all = new ArrayList<>(0);
    private boolean complete = true;

    /// A delivery, and in which epoch its shard's leader gave it.
    ///
    /// @param lane that got it; null for what was taken
    private record One(Delivery delivery, Fate fate, long epoch, @Nullable Lane lane) {
        Span span() {
            return new Span(delivery.offset(), delivery.offset() + 1, delivery.attempt());
        }
    }

    /// What one command may settle.
    private record Kin(long subscription, long epoch, Fate fate) {}

    private Withheld(Consumers consumers) {
        this.consumers = consumers;
    }

    /// Nothing.
    static Withheld nothing(Consumers consumers) {
        return new Withheld(consumers);
    }

    /// Takes those deliveries away from whoever had them that are to be settled.
    static Withheld take(Consumers consumers, List<Settled> settlements) {
        Withheld withheld = new Withheld(consumers);
        for (Settled settled : settlements) {
            Delivery delivery = settled.delivery();
            long epoch = consumers.claimedIn(delivery);
            if (epoch == SettleCommand.NO_EPOCH) {
                withheld.complete = false;
            } else {
                Fate fate = Fate.of(settled.how());
                withheld.all.add(new One(delivery, fate, epoch, consumers.lane(delivery)));
                consumers.forgetClaim(delivery);
            }
        }
        return withheld;
    }

    /// @throws BrokerException CONFLICT when one was not there to be taken
    void requireComplete() {
        if (!complete) {
            throw new BrokerException(Kind.CONFLICT, "settled before, or delivered again since");
        }
    }

    /// Drafts their settlements.
    void draft(Publisher.Drafting drafting) {
        Map<Kin, List<Span>> kins = new LinkedHashMap<>();
        for (One one : all) {
            Kin kin = new Kin(one.delivery.subscription(), one.epoch, one.fate);
            add(kins.computeIfAbsent(kin, _ -> new ArrayList<>()), one.span());
        }
        kins.forEach((kin, spans) -> {
            for (int from = 0; from < spans.size(); from += SettleCommand.HELD_SPANS) {
                int to = Math.min(spans.size(), from + SettleCommand.HELD_SPANS);
                drafting.draft(
                        kin.fate.command(kin.subscription, kin.epoch, spans.subList(from, to)));
            }
        });
    }

    private static void add(List<Span> spans, Span next) {
        Span last = spans.isEmpty() ? null : spans.getLast();
        if (last != null && last.end() == next.first() && last.attempt() == next.attempt()) {
            spans.set(spans.size() - 1, new Span(last.first(), next.end(), next.attempt()));
        } else {
            spans.add(next);
        }
    }

    /// They are settled: their consumers may have others.
    void settled() {
        // Applied already: nobody else tells their stream that there is credit.
        byConsumer().forEach(LoopConsumer::releaseLate);
    }

    private Map<LoopConsumer, Integer> byConsumer() {
        Map<LoopConsumer, Integer> counts = new LinkedHashMap<>(2);
        for (One one : all) {
            if (one.lane != null) {
                counts.merge(one.lane.consumer(), 1, Integer::sum);
            }
        }
        return counts;
    }

    /// Nothing came of it: they are ready again. What a shard gave back by itself is left alone.
    ///
    /// @return completes when that is durable, or fails where it is not known
    CompletionStage<@Nullable Void> giveBack() {
        if (all.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        SettleBuffer settles = consumers.settles();
        for (One one : all) {
            settles.add(
                    one.delivery.subscription(), one.epoch, Fate.of(Outcome.RELEASED), one.span());
        }
        Map<LoopConsumer, Integer> back = byConsumer();
        settles.afterAll(() -> back.forEach(LoopConsumer::releaseLate));
        CompletionStage<@Nullable Void> durable = settles.whenDurable();
        settles.flush(true);
        return durable;
    }
}
