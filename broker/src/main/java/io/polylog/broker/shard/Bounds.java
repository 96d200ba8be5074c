package io.polylog.broker.shard;

import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.command.TrimCommand.Cause;
import java.util.LinkedHashSet;
import java.util.Set;

/// Keeps topics within their limits whose messages can be removed: when a batch is applied, the
/// oldest that are too many, or too large together, have gone. Nobody sees more. What a queue has
/// too much of its leader removes ([Evictions]): apply does not know there what is out. On the
/// shard's thread.
final class Bounds {
    private final ShardState state;
    private final RemovalApply removing;

    /// Those that may hold too much since the running batch.
    private final Set<Stream> over = new LinkedHashSet<>();

    Bounds(ShardState state, RemovalApply removing) {
        this.state = state;
        this.removing = removing;
    }

    /// A message was stored, or the limits changed. Where new ones are refused what is there stays.
    void changed(Stream stream) {
        Limits limits = stream.policy.limits();
        if (stream.removable() && !limits.isNone() && limits.overflow() == Overflow.DROP_OLDEST) {
            over.add(stream);
        }
    }

    /// A batch is over.
    void enforce() {
        for (Stream stream : over) {
            Subscription own = stream.subscription(LifecycleApply.OWN);
            if (own != null && state.streams.get(stream.id) == stream) {
                enforce(stream, own);
            }
        }
        over.clear();
    }

    private void enforce(Stream stream, Subscription own) {
        Limits limits = stream.policy.limits();
        long held = own.settled.unsettled(stream.start, stream.end);
        long tooMany = limits.maxCount() < 0 ? 0 : held - limits.maxCount();
        long tooLarge = limits.maxBytes() < 0 ? 0 : stream.heldBytes() - limits.maxBytes();
        if (tooMany > 0 || tooLarge > 0) {
            removing.trim(stream, startWithout(stream, own, tooMany, tooLarge), Cause.OVERSIZE);
        }
    }

    /// Where a stream begins without so many messages, of so many bytes at least.
    private static long startWithout(Stream stream, Subscription own, long count, long bytes) {
        long countLeft = count;
        long bytesLeft = bytes;
        long position = stream.start;
        Run run = new Run();
        while ((countLeft > 0 || bytesLeft > 0) && own.settled.find(position, stream.end, run)) {
            position = run.first + 1;
            countLeft--;
            bytesLeft -= stream.weighs() ? stream.attributes().sizes().at(run.first) : 0;
        }
        return position;
    }
}
