package io.polylog.broker.shard;

import io.polylog.broker.QueuePolicy;
import io.polylog.broker.TopicSpec.Kept;

/// Writes the durable state of a shard as text, for comparing it across restarts and engines.
final class StateDump {
    private StateDump() {}

    static void stream(Stream stream, StringBuilder out) {
        out.append("stream ").append(stream.id).append(' ').append(stream.start).append("..");
        out.append(stream.end).append(" keeps ").append(stream.keeps);
        out.append(" clean to ").append(stream.cleanTo());
        out.append(stream.keepsSettled() ? " kept from " + stream.keptFrom() : "");
        out.append(stream.sealed ? " sealed" : "");
        out.append(stream.policy.equals(QueuePolicy.NONE) ? "" : " policy " + stream.policy);
        out.append(stream.perSubject().isNone() ? "" : " of each " + stream.perSubject());
        out.append(stream.kept() == Kept.ALWAYS ? "" : " kept " + stream.kept());
        out.append(stream.expiring ? " expiring" : "");
        out.append(" subscriptions ").append(stream.nextSubscription).append('\n');
        for (Subscription subscription : stream.subscriptions) {
            subscription(stream, subscription, out);
        }
        if (stream.producers != null) {
            stream.producers.dump(out);
        }
        if (stream.attributes != null) {
            stream.attributes.dump(stream.start, stream.end, out);
        }
        if (stream.outline != null) {
            stream.outline.dump(out);
        }
        if (stream.outbox != null) {
            stream.outbox.dump(out);
        }
    }

    private static void subscription(Stream stream, Subscription subscription, StringBuilder out) {
        out.append("  subscription ").append(subscription.id).append(" '");
        out.append(subscription.name).append("' floor ").append(subscription.settled.floor());
        out.append(subscription.paused ? " paused" : "");
        out.append(" owes");
        Run run = new Run();
        long position = subscription.settled.floor();
        while (subscription.settled.find(position, stream.end, run)) {
            // Runs may be cut anywhere; joined, they are the same for the same state.
            long first = run.first;
            int attempt = run.attempt;
            position = run.end;
            while (subscription.settled.find(position, stream.end, run)
                    && run.first == position
                    && run.attempt == attempt) {
                position = run.end;
            }
            out.append(' ').append(first).append('-').append(position);
            out.append(attempt > 0 ? "*" + attempt : "");
        }
        long hidden = subscription.settled.hiddenCount();
        out.append(hidden > 0 ? " hides " + hidden : "");
        out.append('\n');
    }
}
