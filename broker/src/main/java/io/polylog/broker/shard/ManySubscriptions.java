package io.polylog.broker.shard;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a stream with many subscriptions knows of them, so that those nobody uses cost no time.
/// Volatile. On the shard's thread.
final class ManySubscriptions {
    /// So many are walked and looked through as they are.
    static final int FEW = 32;

    private static final Subscription[] NONE = new Subscription[0];

    /// Those that may not want everything, or not for ever; the stream's own is one. By id.
    Subscription[] narrow = NONE;

    /// Those that have consumers. By id.
    Subscription[] served = NONE;

    private final Map<String, Subscription> byName = new HashMap<>();

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
        Subscription[] others = without(narrow, subscription);
        boolean wide = !subscription.isOwn() && subscription.named().isWide();
        narrow = wide ? others : with(others, subscription);
    }

    void remove(Subscription gone) {
        byName.remove(gone.name);
        narrow = without(narrow, gone);
        served = without(served, gone);
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

    static Subscription[] with(Subscription[] some, Subscription more) {
        int place = place(some, more.id);
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
