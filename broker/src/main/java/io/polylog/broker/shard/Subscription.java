package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.machine.Cell;
import org.jspecify.annotations.Nullable;

/// What a subscription of a stream is owed: everything it has not settled. Small while nobody uses
/// it: [Dispatch] is made for its first consumer.
final class Subscription extends Cell {
    final long id;
    final String name;
    final SettledSet settled;

    /// Why a delivery last came back, or null.
    @Nullable Outcome lastCause;

    /// Volatile: the stream's end when the shard began to lead; 0 for one made since. What is
    /// unsettled below may have been delivered before.
    long endAtLeading;

    /// Volatile: who is served.
    @Nullable Dispatch dispatch;

    Subscription(long id, String name, long floor) {
        this.id = id;
        this.name = name;
        this.settled = new SettledSet(id, floor);
    }

    /// The subscription of a queue itself.
    boolean isOwn() {
        return name.equals(LifecycleApply.OWN);
    }

    @Override
    public int kind() {
        return CellKind.SUBSCRIPTION;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(id).text(name).number(settled.floor());
        out.octet(lastCause == null ? 0 : Outcome.ALL.indexOf(lastCause) + 1);
    }

    /// Takes back what [#encode] wrote behind the id.
    static Subscription decode(long id, HeadReader in) {
        Subscription subscription = new Subscription(id, in.text(), in.number());
        int cause = in.octet();
        subscription.lastCause = cause == 0 ? null : Outcome.ALL.get(cause - 1);
        return subscription;
    }
}
