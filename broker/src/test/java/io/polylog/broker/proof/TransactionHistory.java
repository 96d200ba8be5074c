package io.polylog.broker.proof;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.Reader;
import io.polylog.broker.Settlement;
import io.polylog.broker.Transaction;
import io.polylog.broker.Transaction.Settled;
import io.polylog.log.ShardMachine;
import io.polylog.log.sim.Temper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A broker to which sessions do transactions at random, among other things and through crashes,
/// and the model of what its queues must hold. What nobody answered may have happened or not: but
/// as a whole.
final class TransactionHistory implements AutoCloseable {
    /// What may become of a delivery.
    static final List<Settlement> WAYS =
            List.of(Settlement.ACCEPT, Settlement.RELEASE, Settlement.REJECT);

    private static final int QUEUES = 5;
    private static final int SESSIONS = 3;
    private static final int MOST_MESSAGES = 6;
    private static final int MOST_STEPS = 40;
    private static final int FULL_BYTES = 1 << 20;

    private final long seed;
    private final int shards;
    private final SplittableRandom random;
    private final ModelledRig rig;
    private final boolean strict;
    private final List<Actor> clients = new ArrayList<>();

    /// By queue, what it surely holds.
    private final List<Set<String>> held = new ArrayList<>();

    /// By queue, the offset of everything that was seen in it.
    private final List<Map<String, Long>> places = new ArrayList<>();

    /// What was handed over and not answered for certain.
    private final List<Unit> open = new ArrayList<>();

    /// What is settled for ever.
    private final Set<String> gone = new HashSet<>();

    /// What was delivered or read: it was stored, though it may be settled since.
    private final Set<String> seen = new HashSet<>();

    /// How many units name a message as settled: after a change of the leader, one may be in vain.
    private final Map<String, Integer> settlers = new HashMap<>();

    private @Nullable Throwable found;
    private long messagesMade;
    private int committed;
    private int refused;
    private int inDoubt;

    /// A session and what it holds.
    private static final class Actor {
        final Peer peer;
        final List<Held> deliveries = new ArrayList<>();

        Actor(Peer peer) {
            this.peer = peer;
        }
    }

    private record Held(int queue, String key, Delivery delivery) {}

    /// Messages that come and go together.
    ///
    /// @param added by queue
    /// @param removed by queue
    private record Unit(
            String name, Map<Integer, Set<String>> added, Map<Integer, Set<String>> removed) {
        Unit(String name) {
            this(name, new LinkedHashMap<>(), new LinkedHashMap<>());
        }

        void add(int queue, String key) {
            added.computeIfAbsent(queue, _ -> new HashSet<>()).add(key);
        }

        void remove(int queue, String key) {
            removed.computeIfAbsent(queue, _ -> new HashSet<>()).add(key);
        }
    }

    /// @param sabotage what a planted bug makes of the machines
    TransactionHistory(long seed, int shards, Temper temper, UnaryOperator<ShardMachine> sabotage) {
        this.seed = seed;
        this.shards = shards;
        random = new SplittableRandom(seed);
        rig = new ModelledRig(seed, shards, temper, sabotage);
        strict = temper.equals(Temper.LOCAL);
        Peer peer = rig.peer();
        for (int queue = 0; queue < QUEUES; queue++) {
            String name = name(queue);
            peer.insist(() -> peer.session.declareTopic(Specs.queue(name)));
            held.add(new HashSet<>());
            places.add(new HashMap<>());
        }
        peer.session.close();
        connect();
    }

    private void connect() {
        clients.clear();
        for (int session = 0; session < SESSIONS; session++) {
            clients.add(new Actor(rig.peer()));
        }
    }

    private static String name(int queue) {
        return "q" + queue;
    }

    /// Does so many random things and checks everything at the end; fails with the seed.
    ///
    /// @return how many transactions were committed, refused, and in doubt after a crash
    List<Integer> run(int operations) {
        int done = 0;
        try {
            for (; done < operations; done++) {
                operation();
            }
            rig.node.calm();
            audit();
            rig.checkReplay();
            crash();
            drain();
            return List.of(committed, refused, inDoubt);
        } catch (AssertionError | RuntimeException failed) {
            throw new AssertionError(
                    "after %d operations of seed %d on %d shards: %s"
                            .formatted(done, seed, shards, failed.getMessage()),
                    failed);
        }
    }

    private void operation() {
        Actor client = clients.get(random.nextInt(SESSIONS));
        int dice = random.nextInt(100);
        if (dice < 40) {
            transact(client);
        } else if (dice < 50) {
            publish(client);
        } else if (dice < 80) {
            take(client);
        } else if (dice < 85) {
            release(client);
        } else if (dice < 88) {
            closeSession(client);
        } else if (dice < 91) {
            rig.checkpoint();
        } else if (dice < 95) {
            audit();
        } else if (dice < 98) {
            crash();
        } else {
            rig.quiesce();
        }
        work(random.nextInt(MOST_STEPS));
        if (shards == 1 && random.nextInt(4) == 0) {
            checkTogether();
        }
        if (found != null) {
            throw new Violation(found.getMessage(), found);
        }
    }

    private void work(int steps) {
        for (int step = 0; step < steps && rig.work(); step++) {
            Thread.onSpinWait();
        }
    }

    // ---- what sessions do

    private void transact(Actor client) {
        Unit unit = new Unit("transaction " + messagesMade);
        List<Publication> publications = new ArrayList<>();
        for (int i = random.nextInt(MOST_MESSAGES); i > 0; i--) {
            int queue = random.nextInt(QUEUES);
            String key = "t" + messagesMade++;
            unit.add(queue, key);
            publications.add(new Publication(Peer.to(name(queue)), Peer.content(key)));
        }
        List<Settled> settlements = new ArrayList<>();
        for (int i = random.nextInt(MOST_MESSAGES); i > 0 && !client.deliveries.isEmpty(); i--) {
            Held one = client.deliveries.remove(random.nextInt(client.deliveries.size()));
            Settlement how = WAYS.get(random.nextInt(WAYS.size()));
            settlements.add(new Settled(one.delivery, how));
            if (how.kind() != Settlement.Kind.RELEASE) {
                unit.remove(one.queue, one.key);
                settlers.merge(one.key, 1, Integer::sum);
            }
        }
        open.add(unit);
        client.peer
                .session
                .transact(new Transaction(publications, settlements))
                .whenComplete((_, failed) -> {
                    if (failed == null) {
                        apply(unit);
                        committed++;
                    } else if (Client.kind(failed) != Kind.CLOSED) {
                        open.remove(unit);
                        refused++;
                    }
                    if (failed != null && strict && found == null) {
                        found = new Violation("refused for no reason: " + failed);
                    }
                });
    }

    /// It is known to have happened.
    private void apply(Unit unit) {
        if (open.remove(unit)) {
            unit.added.forEach((queue, keys) -> held.get(queue).addAll(without(keys, gone)));
            unit.removed.forEach((queue, keys) -> {
                held.get(queue).removeAll(keys);
                gone.addAll(keys);
            });
        }
    }

    private void publish(Actor client) {
        int queue = random.nextInt(QUEUES);
        String key = "p" + messagesMade++;
        Unit unit = new Unit("publish " + key);
        unit.add(queue, key);
        open.add(unit);
        client.peer
                .send(List.of(new Publication(Peer.to(name(queue)), Peer.content(key))))
                .whenComplete((outcomes, failed) -> {
                    switch (Objects.requireNonNull(outcomes).getFirst()) {
                        case STORED -> apply(unit);
                        case CLOSED -> {}
                        default -> open.remove(unit);
                    }
                });
    }

    private void take(Actor client) {
        int queue = random.nextInt(QUEUES);
        client.peer
                .session
                .take(Peer.own(name(queue)), false)
                .whenComplete((found, failed) -> {
                    if (found != null && found.isPresent()) {
                        Delivery delivery = found.get();
                        seen.add(Inbox.text(delivery));
                        client.deliveries.add(new Held(queue, Inbox.text(delivery), delivery));
                    }
                });
    }

    private void release(Actor client) {
        if (!client.deliveries.isEmpty()) {
            Held one = client.deliveries.remove(random.nextInt(client.deliveries.size()));
            client.peer.session.settle(List.of(one.delivery), Settlement.RELEASE, false);
        }
    }

    private void closeSession(Actor client) {
        client.peer.session.close();
        clients.set(clients.indexOf(client), new Actor(rig.peer()));
    }

    private void crash() {
        rig.crash();
        rig.checkReplay();
        connect();
        audit();
    }

    // ---- what must be true

    /// In one shard nobody ever sees a part of a transaction: what is read later is no older.
    private void checkTogether() {
        List<Unit> asked = List.copyOf(open);
        List<Set<String>> read = contents();
        for (Unit unit : asked) {
            boolean begun = false;
            for (int queue = 0; queue < QUEUES; queue++) {
                Evidence evidence = new Evidence();
                collect(unit, queue, read.get(queue), evidence);
                if (begun && evidence.against > 0) {
                    throw new Violation("a part is seen without the rest: " + unit);
                }
                begun |= evidence.inFavour > 0;
            }
        }
    }

    /// Everything is answered, or will never be: the queues hold what they must.
    private void audit() {
        rig.quiesce();
        List<Set<String>> read = contents();
        for (Unit unit : List.copyOf(open)) {
            inDoubt += unit.name.startsWith("transaction") ? 1 : 0;
            if (happened(unit, read)) {
                apply(unit);
            } else {
                open.remove(unit);
                unit.removed.forEach((queue, keys) -> blameNobody(queue, keys, read.get(queue)));
            }
        }
        for (int queue = 0; queue < QUEUES; queue++) {
            if (!read.get(queue).equals(held.get(queue))) {
                throw new Violation(
                        "%s holds %s, and not %s"
                                .formatted(
                                        name(queue),
                                        without(read.get(queue), held.get(queue)),
                                        without(held.get(queue), read.get(queue))));
            }
        }
    }

    /// Of several units that name one message nobody can say which one settled it.
    private void blameNobody(int queue, Set<String> keys, Set<String> there) {
        for (String key : without(keys, there)) {
            if (settlers.getOrDefault(key, 0) > 1) {
                held.get(queue).remove(key);
                gone.add(key);
            }
        }
    }

    private static Set<String> without(Set<String> all, Set<String> some) {
        Set<String> rest = new HashSet<>(all);
        rest.removeAll(some);
        return rest;
    }

    /// What speaks for a unit's having happened, and what against it.
    private static final class Evidence {
        int inFavour;
        int against;

        void add(boolean happened) {
            inFavour += happened ? 1 : 0;
            against += happened ? 0 : 1;
        }
    }

    private void collect(Unit unit, int queue, Set<String> there, Evidence evidence) {
        for (String key : unit.added.getOrDefault(queue, Set.of())) {
            evidence.add(there.contains(key) || seen.contains(key));
        }
        for (String key : unit.removed.getOrDefault(queue, Set.of())) {
            if (settlers.getOrDefault(key, 0) == 1) {
                evidence.add(!there.contains(key));
            }
        }
    }

    /// Whether all of it happened; it must be all or nothing.
    private boolean happened(Unit unit, List<Set<String>> read) {
        Evidence evidence = new Evidence();
        for (int queue = 0; queue < QUEUES; queue++) {
            collect(unit, queue, read.get(queue), evidence);
        }
        if (evidence.inFavour > 0 && evidence.against > 0) {
            throw new Violation("half of it happened: " + unit);
        }
        return evidence.inFavour > 0;
    }

    /// What each queue holds for whoever reads it now, ready or not.
    private List<Set<String>> contents() {
        List<Set<String>> all = new ArrayList<>();
        Peer peer = rig.peer();
        for (int queue = 0; queue < QUEUES; queue++) {
            Set<String> keys = new HashSet<>();
            for (Reader.Entry entry : peer.readAll(peer.reader(name(queue), 0), FULL_BYTES)) {
                String key = Peer.text(entry);
                Long before = places.get(queue).putIfAbsent(key, entry.offset());
                seen.add(key);
                if (!keys.add(key)) {
                    throw new Violation(name(queue) + " holds " + key + " twice");
                }
                if (before != null && before != entry.offset()) {
                    throw new Violation(key + " was at " + before + ", is at " + entry.offset());
                }
            }
            all.add(keys);
        }
        peer.session.close();
        return all;
    }

    /// Everything that is left can be had: nothing stays held by a transaction that is over.
    private void drain() {
        Peer peer = rig.peer();
        for (int queue = 0; queue < QUEUES; queue++) {
            Inbox inbox = peer.consume(name(queue));
            rig.quiesce();
            Set<String> keys = new HashSet<>(inbox.texts());
            if (!keys.equals(held.get(queue))) {
                throw new Violation(name(queue) + " never gives " + without(held.get(queue), keys));
            }
        }
    }

    @Override
    public void close() {
        rig.close();
    }
}
