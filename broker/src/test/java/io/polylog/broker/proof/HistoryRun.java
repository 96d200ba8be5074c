package io.polylog.broker.proof;

import io.polylog.broker.Reader;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.log.ShardMachine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Runs one history and checks it on the way and at its end.
final class HistoryRun {
    private static final int ROUNDS = 50;

    private final History history;
    private final ModelledRig rig;
    private final World world;
    private final boolean looksInside;

    /// @param sabotage what a planted bug makes of the machines
    /// @param looksInside whether machines are compared with what replay makes of others
    HistoryRun(History history, UnaryOperator<ShardMachine> sabotage, boolean looksInside) {
        this.history = history;
        this.looksInside = looksInside;
        rig = new ModelledRig(history.seed(), history.shards(), history.temper(), sabotage);
        world = new World(rig, history.temper());
    }

    /// @return what tells this run from one that went another way
    /// @throws AssertionError when the broker did what it must not
    String run() {
        try {
            for (Op op : history.ops()) {
                step(op);
                world.checkFound();
            }
            finish();
            return rig.clock.nanos() + " " + world.lanes();
        } finally {
            rig.close();
        }
    }

    private void step(Op op) {
        switch (op) {
            case Op.Declare o -> world.declare(o.queue());
            case Op.Delete o -> world.delete(o.queue());
            case Op.Publish o -> world.publish(world.client(o.session()), o.queue(), o.count());
            case Op.Spread o -> world.spread(world.client(o.session()), o.count());
            case Op.Consume o -> consume(o);
            case Op.Subscribe o -> world.subscribe(world.client(o.session()), o.name(), o.credit());
            case Op.CloseConsumer o -> world.client(o.session()).closeConsumer(o.consumer());
            case Op.Take o -> take(o);
            case Op.Settle o ->
                    world.client(o.session()).settle(o.from(), o.count(), o.how(), o.awaited());
            case Op.CloseSession o -> world.client(o.session()).close();
            case Op.Append o -> lane(o.producer(), o.count()).append(o.count());
            case Op.Retry o -> lane(o.producer(), o.back()).retry(o.back());
            case Op.Keep o -> world.kept.keep(o.topic(), o.key(), o.count());
            case Op.Stray o -> world.kept.stray();
            case Op.Pass o -> world.kept.pass(o.seconds());
            case Op.Purge o -> purge(o.queue());
            case Op.DiskFull o -> world.diskFull(o.full());
            case Op.Checkpoint o -> rig.checkpoint();
            case Op.Crash o -> crash();
            case Op.Work o -> work(o.steps());
            case Op.Quiesce o -> quiesce();
        }
    }

    private ProducerLane lane(int producer, int any) {
        return world.lanes().get(producer * World.PARTITIONS + any % World.PARTITIONS);
    }

    private void consume(Op.Consume op) {
        Account account = world.queue(op.queue());
        if (account != null) {
            SubscriptionRef ref = World.queueRef(op.queue());
            world.client(op.session()).consume(account, ref, op.credit(), () -> {});
        }
    }

    private void take(Op.Take op) {
        Account account = world.queue(op.queue());
        if (account != null) {
            world.client(op.session()).take(account, World.queueRef(op.queue()));
        }
    }

    private void purge(int queue) {
        Account account = world.queue(queue);
        if (account != null) {
            world.purge(world.client(0), account);
        }
    }

    private void work(int steps) {
        for (int i = 0; i < steps && rig.work(); i++) {
            Thread.onSpinWait();
        }
    }

    private void quiesce() {
        rig.quiesce();
        world.checkFound();
        world.checkIdle();
    }

    /// The process dies in the middle of it all. What comes back must be what replay of the whole
    /// log gives.
    private void crash() {
        rig.crash();
        world.died();
        checkReplay();
    }

    private void checkReplay() {
        if (looksInside) {
            rig.checkReplay();
        }
    }

    // ---- the end of it

    private void finish() {
        world.diskFull(false);
        rig.node.calm();
        quiesce();
        for (int i = 0; i < ROUNDS && !allSettled(); i++) {
            world.lanes().forEach(ProducerLane::repair);
            quiesce();
        }
        if (!allSettled()) {
            throw new Violation(
                    "a producer never gets through: "
                            + world.lanes().stream().map(ProducerLane::toString).toList());
        }
        world.openClients().forEach(Client::close);
        quiesce();
        world.kept.passTwoDays();
        List<String> before = seen();
        checkReplay();
        crash();
        List<String> after = seen();
        for (int i = 0; i < before.size(); i++) {
            if (i >= after.size() || !before.get(i).equals(after.get(i))) {
                throw new Violation(
                        "before the last crash: "
                                + before.get(i)
                                + "\nafter it: "
                                + (i < after.size() ? after.get(i) : "nothing"));
            }
        }
        checkStreams();
        world.kept.check();
        world.checkFound();
        world.queues().forEach((queue, account) -> drain(account, World.queueRef(queue)));
        world.subscriptions()
                .forEach((name, account) -> drain(account, World.subscriptionRef(name)));
    }

    private boolean allSettled() {
        return world.lanes().stream().allMatch(ProducerLane::isSettled);
    }

    /// What can be seen of the state from outside, line by line.
    private List<String> seen() {
        List<String> seen = new ArrayList<>();
        Peer peer = rig.peer();
        List<Topic> topics = new ArrayList<>(peer.session.definitions().topics());
        topics.sort(Comparator.comparing(topic -> topic.spec().name().name()));
        for (Topic topic : topics) {
            String name = topic.spec().name().name();
            seen.add(topic + " " + peer.stats(name));
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                Reader reader = peer.reader(name, partition);
                seen.add(name + " " + reader.startOffset() + " to " + reader.endOffset());
                peer.readAll(reader, 200)
                        .forEach(e -> seen.add(name + "@" + e.offset() + " " + Peer.text(e)));
            }
        }
        peer.session.close();
        return seen;
    }

    /// Each partition holds its producers' batches, in order, each once, and nothing else.
    private void checkStreams() {
        Peer peer = rig.peer();
        for (int partition = 0; partition < World.PARTITIONS; partition++) {
            Map<String, ProducerLane.Sent> expected = new HashMap<>();
            Map<String, List<String>> found = new HashMap<>();
            for (ProducerLane lane : world.lanes()) {
                if (lane.partition == partition) {
                    lane.sent().forEach(sent -> expected.put(sent.body, sent));
                }
            }
            long next = 0;
            for (Reader.Entry entry : peer.readAll(peer.reader(World.TOPIC, partition), 300)) {
                String body = Peer.text(entry).substring(Appends.ROOM.length());
                ProducerLane.Sent sent = expected.remove(body);
                if (sent == null
                        || sent.base != entry.offset()
                        || sent.count != entry.span()
                        || entry.offset() != next) {
                    throw new Violation(
                            "partition "
                                    + partition
                                    + " holds "
                                    + body
                                    + " at "
                                    + entry.offset()
                                    + ", expected at "
                                    + next
                                    + " "
                                    + (sent == null ? "nothing of it" : "its base " + sent.base));
                }
                next = entry.offset() + entry.span();
                found.computeIfAbsent(body.substring(0, body.indexOf('-')), n -> new ArrayList<>())
                        .add(body);
            }
            if (!expected.isEmpty()) {
                throw new Violation("partition " + partition + " lost " + expected.keySet());
            }
            found.forEach(HistoryRun::checkNumbers);
        }
    }

    private static void checkNumbers(String lane, List<String> bodies) {
        for (int i = 0; i < bodies.size(); i++) {
            if (!bodies.get(i).equals(lane + "-" + i)) {
                throw new Violation("the batches of " + lane + " are out of order: " + bodies);
            }
        }
    }

    /// Takes out everything that is left: what is owed must come, in order.
    private void drain(Account account, SubscriptionRef ref) {
        Client client = world.client(0);
        client.consume(account, ref, Integer.MAX_VALUE, () -> {});
        quiesce();
        client.checkOrder();
        client.settle(0, Integer.MAX_VALUE / 2, io.polylog.broker.Settlement.ACCEPT, true);
        quiesce();
        for (Owed owed : account.all()) {
            if (owed.isOwed()) {
                throw new Violation(account.name + " lost " + owed);
            }
        }
        client.close();
        quiesce();
    }
}
