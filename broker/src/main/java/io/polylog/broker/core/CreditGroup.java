package io.polylog.broker.core;

import io.polylog.broker.SharedCredit;
import io.polylog.broker.shard.CreditPool;
import java.util.ArrayList;
import java.util.List;

/// Consumers of one session that share a limit. Each has a part of it in its pool; who found his
/// empty gets more in turn, out of what is spare or what another does not use. So none has it all,
/// though their queues may be in different shards. On the session's loop.
final class CreditGroup implements SharedCredit {
    /// The part of each while there is no limit: it never ends.
    private static final long ALL = 1L << 50;

    private final List<Member> members = new ArrayList<>(1);
    private int limit = Integer.MAX_VALUE;

    /// The limit less what is in somebody's pool or out with a delivery.
    private long spare = limit;

    private int turn;

    private static final class Member {
        final LoopConsumer consumer;
        final CreditPool pool;

        /// How many of its lanes are still to say whether they can use what it was given.
        int offers;

        Member(LoopConsumer consumer, CreditPool pool) {
            this.consumer = consumer;
            this.pool = pool;
        }
    }

    void join(LoopConsumer consumer, CreditPool pool) {
        members.add(new Member(consumer, pool));
        if (limit == Integer.MAX_VALUE) {
            give(pool, ALL);
        }
    }

    void leave(LoopConsumer consumer, CreditPool pool) {
        members.removeIf(member -> member.consumer == consumer);
        turn = 0;
        released(pool.reclaim());
    }

    @Override
    public void limit(int credit) {
        if (credit == limit) {
            return;
        }
        spare += (long) credit - limit;
        limit = credit;
        if (limit == Integer.MAX_VALUE) {
            members.forEach(this::unlimited);
            return;
        }
        if (spare < 0) {
            members.forEach(this::reclaim);
        }
        share();
    }

    private void unlimited(Member member) {
        boolean waits = member.pool.wantsShare();
        give(member.pool, ALL);
        if (waits) {
            offer(member);
        }
    }

    /// Deliveries were settled, or what was assigned will not be delivered.
    void released(long count) {
        spare += count;
        share();
    }

    /// Gives more to those who found nothing.
    void share() {
        List<Member> wanting = limit == Integer.MAX_VALUE ? List.of() : wanting();
        if (wanting.isEmpty()) {
            return;
        }
        if (spare < wanting.size()) {
            members.stream()
                    .filter(member -> member.offers == 0 && !member.pool.wantsShare())
                    .forEach(this::reclaim);
        }
        int left = wanting.size();
        for (Member member : wanting) {
            if (spare <= 0) {
                return;
            }
            give(member.pool, Math.max(spare / left, 1));
            left--;
            turn = (members.indexOf(member) + 1) % members.size();
            offer(member);
        }
    }

    private void offer(Member member) {
        member.offers += member.consumer.offer(() -> answered(member));
    }

    /// In turn.
    private List<Member> wanting() {
        List<Member> wanting = new ArrayList<>(0);
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get((turn + i) % members.size());
            if (member.consumer.isStarted() && member.pool.wantsShare()) {
                wanting.add(member);
            }
        }
        return wanting;
    }

    /// What it did not take by now, another may have.
    private void answered(Member member) {
        member.offers--;
        if (member.offers == 0) {
            share();
        }
    }

    private void give(CreditPool pool, long count) {
        spare -= count;
        pool.grant(count);
    }

    private void reclaim(Member member) {
        spare += member.pool.reclaim();
    }
}
