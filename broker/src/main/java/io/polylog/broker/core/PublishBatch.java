package io.polylog.broker.core;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.PublishListener;
import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.PublishListener.Limit;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.machine.Result;
import io.polylog.log.Batch;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Publications of one hand-over. Costs no object per message while everything is stored.
final class PublishBatch extends Decision {
    private static final Outcomes ALL_STORED =
            new Outcomes() {
                @Override
                public Outcome at(int index) {
                    return Outcome.STORED;
                }

                @Override
                public boolean allStored() {
                    return true;
                }
            };

    private final PublishListener listener;
    private final int size;
    private @Nullable Part second;

    /// By place; null as long as all are stored.
    private Outcome @Nullable [] outcomes;

    /// By place, what stood against those in conflict.
    private final Map<Integer, Conflict> conflicts = new HashMap<>(0);

    /// By place, what those that are rejected would exceed.
    private final Map<Integer, Limit> limits = new HashMap<>(0);

    /// By place, how many of its commands found no target; null for none anywhere.
    private int @Nullable [] missed;

    PublishBatch(CoreSession session, int size, PublishListener listener) {
        super(session);
        this.size = size;
        this.listener = listener;
    }

    /// The part for what lives in memory: it follows the others, if there are any.
    Part second() {
        Part there = second;
        if (there == null) {
            there = new Part(session, this, session.core().port(StreamId.MEMORY_SHARD));
            second = there;
        }
        return there;
    }

    /// One publication is decided.
    void decide(int place, Outcome outcome) {
        if (outcomes == null) {
            outcomes = new Outcome[size];
            Arrays.fill(outcomes, Outcome.STORED);
        }
        outcomes[place] = outcome;
    }

    @Override
    boolean hasSecond() {
        return second != null;
    }

    @Override
    void proposeSecond() {
        if (second != null) {
            propose(second);
        }
    }

    @Override
    void decided(Part part, Batch.@Nullable Refusal refusal) {
        if (refusal != null) {
            for (int place : part.owners()) {
                decide(place, outcome(refusal));
            }
            return;
        }
        for (Part.Said said : part.said()) {
            if (places(said)) {
                continue;
            }
            if (said.result() instanceof Result.Failed(Kind kind, _) && kind == Kind.BUSY) {
                decide(said.owner(), Outcome.BUSY);
                continue;
            }
            if (said.result() instanceof Result.Full(Limit limit)) {
                decide(said.owner(), Outcome.REJECTED);
                limits.put(said.owner(), limit);
                continue;
            }
            if (said.result() instanceof Result.Outrun(long newest)) {
                decide(said.owner(), Outcome.CONFLICT);
                conflicts.put(said.owner(), conflict(said.owner(), newest));
                continue;
            }
            if (missed == null) {
                missed = new int[size];
            }
            missed[said.owner()]++;
        }
    }

    static Outcome outcome(Batch.Refusal refusal) {
        return switch (refusal) {
            case DISK_FULL -> Outcome.DISK_FULL;
            case BUSY -> Outcome.BUSY;
            case CLOSED, NOT_LEADER, UNKNOWN -> Outcome.CLOSED;
        };
    }

    @Override
    void announce() {
        if (missed != null) {
            for (int place = 0; place < size; place++) {
                if (missed[place] > 0 && missed[place] == commandsOf(place)) {
                    decide(place, Outcome.UNROUTABLE);
                }
            }
        }
        sendCopies(this::isStored);
        listener.decided(outcomes == null && !isAsked() ? ALL_STORED : listed());
    }

    private Outcomes listed() {
        List<Outcome> all =
                outcomes == null ? Collections.nCopies(size, Outcome.STORED) : List.of(outcomes);
        return new Outcomes.Listed(all, conflicts, placed(), limits, problems());
    }

    private boolean isStored(int place) {
        return outcomes == null || outcomes[place] == Outcome.STORED;
    }

    private int commandsOf(int place) {
        int count = 0;
        for (Part part : parts) {
            count += part.commandsOf(place);
        }
        return count;
    }
}
