package io.polylog.broker.shard;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a stream with many subscriptions knows of them, so that those nobody uses cost no time.
/// Volatile. On the shard's thread.
final class ManySubscriptions {
    /// So many are walked and looked through as they are.
    static final int FEW = 32;

    private static final Subscription[] NONE = new Subscription[0];

    /// Those that may not want everything; the stream's own is one. By id.
    private Subscription[] filtered = NONE;

    /// Those that may not want messages for ever; the stream's own is one. By id.
    Subscription[] expiring = NONE;

    /// Those that have consumers. By id.
    Subscription[] served = NONE;

    private final Map<String, Subscription> byName = new HashMap<>();

    /// Of those with a filter: what these are owed may have to be looked at.
    private final Set<Subscription> unsifted = new LinkedHashSet<>();

    /// What these were owed below [#siftedEnd] was looked at.
    private final Set<Subscription> sifted = new LinkedHashSet<>();

    private long siftedEnd;

    ManySubscriptions(Subscription[] all) {
        for (Subscription each : all) {
            add(each);
            Dispatch dispatch = each.dispatch;
            if (dispatch != null && !dispatch.attachments().isEmpty()) {
                serve(each, true);
            }
        }
    }

    @Nullable Subscription named(String name) {
        return byName.get(name);
    }

    void add(Subscription more) {
        byName.put(more.name, more);
        altered(more);
    }

    /// What a subscription is for is new, or another than before.
    void altered(Subscription subscription) {
        boolean own = subscription.isOwn();
        boolean filters = own || !subscription.named().filter().isNone();
        boolean expires = own || subscription.named().messageMs() >= 0;
        filtered = filters ? with(filtered, subscription) : without(filtered, subscription);
        expiring = expires ? with(expiring, subscription) : without(expiring, subscription);
        if (filters) {
            unsifted(subscription);
        }
    }

    void remove(Subscription gone) {
        byName.remove(gone.name);
        filtered = without(filtered, gone);
        expiring = without(expiring, gone);
        served = without(served, gone);
        unsifted.remove(gone);
        sifted.remove(gone);
    }

    /// Those whose messages may have to be looked at, in the order in which that was said. Each is
    /// given once: again when it was [#sifted(Subscription)] and more came, or is [#unsifted].
    Subscription[] takeUnsifted(long end) {
        if (end > siftedEnd) {
            siftedEnd = end;
            unsifted.addAll(sifted);
            sifted.clear();
        }
        Subscription[] taken = unsifted.toArray(NONE);
        unsifted.clear();
        return taken;
    }

    /// All that is there of a subscription's messages was looked at.
    void sifted(Subscription subscription) {
        sifted.add(subscription);
    }

    /// What a subscription is owed may have to be looked at again.
    void unsifted(Subscription subscription) {
        sifted.remove(subscription);
        unsifted.add(subscription);
    }

    /// Nothing was looked at, as far as anybody knows.
    void unsifted() {
        for (Subscription each : filtered) {
            unsifted(each);
        }
    }

    /// A subscription has its first consumer, or lost its last one.
    void serve(Subscription subscription, boolean some) {
        Subscription[] others = without(served, subscription);
        served = some ? with(others, subscription) : others;
    }

    /// Where the subscription with that id stands among some, or would.
    static int place(Subscription[] all, long subscriptionId) {
        int from = 0;
        int to = all.length;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (all[middle].id < subscriptionId) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }

    /// The same where it is among them.
    static Subscription[] with(Subscription[] some, Subscription more) {
        int place = place(some, more.id);
        if (place < some.length && some[place].equals(more)) {
            return some;
        }
        Subscription[] all = Arrays.copyOf(some, some.length + 1);
        System.arraycopy(some, place, all, place + 1, some.length - place);
        all[place] = more;
        return all;
    }

    /// The same where it is not among them.
    static Subscription[] without(Subscription[] some, Subscription gone) {
        int place = place(some, gone.id);
        if (place == some.length || !some[place].equals(gone)) {
            return some;
        }
        Subscription[] others = Arrays.copyOf(some, some.length - 1);
        System.arraycopy(some, place + 1, others, place, others.length - place);
        return others;
    }
}
