package io.polylog.broker.core;

import io.polylog.broker.SharedCredit;
import io.polylog.broker.shard.CreditPool;
import java.util.ArrayList;
import java.util.List;

/// Consumers of one session that share a limit: what one puts back, each of them may be waiting
/// for. On the session's loop.
final class CreditGroup implements SharedCredit {
    private final CreditPool pool = new CreditPool(Integer.MAX_VALUE);
    private final List<LoopConsumer> members = new ArrayList<>(1);
    private int limit = Integer.MAX_VALUE;
    private int turn;

    CreditPool pool() {
        return pool;
    }

    void join(LoopConsumer consumer) {
        members.add(consumer);
    }

    void leave(LoopConsumer consumer) {
        members.remove(consumer);
    }

    @Override
    public void limit(int credit) {
        pool.raise((long) credit - limit);
        limit = credit;
        wake();
    }

    /// A shard found nothing left, and perhaps another put back what it had not used after all.
    void wakeIfStarved() {
        if (pool.available() > 0 && pool.takeStarved()) {
            wake();
        }
    }

    /// Something was put back.
    void released() {
        if (limit < Integer.MAX_VALUE) {
            wake();
        }
    }

    /// Each time another one goes first, and before the settlement that put something back wakes
    /// its own stream: so that none has it all.
    private void wake() {
        int count = members.size();
        for (int i = 0; i < count; i++) {
            members.get((turn + i) % count).wakeNow();
        }
        turn = count == 0 ? 0 : (turn + 1) % count;
    }
}
