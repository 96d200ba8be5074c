package io.polylog.broker.proof;

import io.polylog.broker.Settlement;
import io.polylog.log.sim.Temper;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// What several sessions do to a broker, drawn from a seed.
///
/// @param seed also of the engine that it runs on
record History(long seed, int shards, Temper temper, List<Op> ops) {
    static final int QUEUES = 4;
    static final int SESSIONS = 3;
    static final int PRODUCERS = 2;
    static final int SUBSCRIPTIONS = 2;

    History {
        ops = List.copyOf(ops);
    }

    static History draw(long seed, int shards, Temper temper, int length) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Op> ops = new ArrayList<>();
        for (int queue = 0; queue < QUEUES; queue++) {
            ops.add(new Op.Declare(queue));
        }
        while (ops.size() < length) {
            ops.add(op(random));
            if (random.nextInt(3) > 0) {
                ops.add(new Op.Work(1 + random.nextInt(random.nextInt(10) == 0 ? 200 : 12)));
            }
        }
        return new History(seed, shards, temper, ops);
    }

    History with(List<Op> fewer) {
        return new History(seed, shards, temper, fewer);
    }

    private static Op op(SplittableRandom random) {
        int session = random.nextInt(SESSIONS);
        int queue = random.nextInt(QUEUES);
        int dice = random.nextInt(1000);
        if (dice < 600) {
            return traffic(random, session, queue, dice);
        }
        if (dice < 680) {
            return new Op.Consume(session, queue, 1 + random.nextInt(30));
        }
        if (dice < 700) {
            return new Op.Subscribe(session, random.nextInt(SUBSCRIPTIONS), 1 + queue * 5);
        }
        if (dice < 720) {
            return new Op.CloseConsumer(session, random.nextInt(10));
        }
        if (dice < 750) {
            return new Op.CloseSession(session);
        }
        if (dice < 880) {
            return producer(random, dice);
        }
        return rare(random, queue);
    }

    private static Op traffic(SplittableRandom random, int session, int queue, int dice) {
        if (dice < 200) {
            return new Op.Publish(session, queue, 1 + random.nextInt(5));
        }
        if (dice < 240) {
            return new Op.Spread(session, 1 + random.nextInt(3));
        }
        if (dice < 300) {
            return new Op.Take(session, queue);
        }
        int how = random.nextInt(10);
        Settlement settlement =
                how < 6 ? Settlement.ACCEPT : how < 9 ? Settlement.RELEASE : Settlement.REJECT;
        int count = 1 + random.nextInt(random.nextInt(4) == 0 ? 20 : 3);
        return new Op.Settle(session, random.nextInt(100), count, settlement, random.nextBoolean());
    }

    private static Op producer(SplittableRandom random, int dice) {
        int producer = random.nextInt(PRODUCERS);
        if (dice < 830) {
            return new Op.Append(producer, 1 + random.nextInt(4));
        }
        return dice < 855 ? new Op.Retry(producer, random.nextInt(7)) : kept(random);
    }

    private static Op kept(SplittableRandom random) {
        return switch (random.nextInt(6)) {
            case 0 -> new Op.Stray();
            case 1 -> new Op.Pass(1 + random.nextInt(KeptTopics.KEPT_SECONDS));
            default -> new Op.Keep(random.nextInt(9), random.nextInt(6), 1 + random.nextInt(5));
        };
    }

    private static Op rare(SplittableRandom random, int queue) {
        return switch (random.nextInt(14)) {
            case 0 -> new Op.Crash();
            case 1, 2 -> new Op.Quiesce();
            case 3 -> new Op.Checkpoint();
            case 4 -> new Op.DiskFull(random.nextInt(3) == 0);
            case 5, 6 -> new Op.DiskFull(false);
            case 7 -> new Op.Delete(queue);
            case 8, 9, 10 -> new Op.Declare(queue);
            case 11 -> random.nextInt(4) == 0 ? new Op.Purge(queue) : new Op.Quiesce();
            default -> new Op.Work(50);
        };
    }
}
