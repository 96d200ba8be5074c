package io.polylog.broker.proof;

import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.QueuePolicy.Priorities;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.Settlement;
import io.polylog.broker.TopicStats;
import io.polylog.log.ShardMachine;
import io.polylog.log.sim.Temper;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A queue that is used at random, one step at a time, beside a simple model of what its policy
/// promises: after each step, when everything has come to rest, what was delivered and what waits
/// is compared.
final class ServiceModel {
    private static final String QUEUE = "q";
    private static final int MOST_CONSUMERS = 5;

    private final SplittableRandom random;
    private final ModelledRig rig;
    private final Service service;
    private final List<Message> messages = new ArrayList<>();
    private final List<Guest> guests = new ArrayList<>();
    private @Nullable Guest active;
    private Peer publisher;
    private int restarts;

    /// A session went in this step.
    private boolean left;

    /// What the model knows of a message.
    private static final class Message {
        final long offset;
        final int level;

        /// By which it is ordered, or has its turns; -1 for none.
        final int key;

        @Nullable Guest holder;
        @Nullable Delivery delivery;
        boolean settled;
        int attempt;

        /// The last restart before it was stored.
        final int since;

        Message(long offset, int level, int key, int since) {
            this.offset = offset;
            this.level = level;
            this.key = key;
            this.since = since;
        }

        boolean isReady() {
            return !settled && holder == null;
        }

        @Override
        public String toString() {
            return offset + "@" + level + "k" + key;
        }
    }

    /// A session with one consumer.
    private static final class Guest {
        final Peer peer;
        final Inbox inbox = new Inbox();
        final int priority;
        final int credit;
        boolean closed;
        int held;

        Guest(Peer peer, int priority, int credit) {
            this.peer = peer;
            this.priority = priority;
            this.credit = credit;
            peer.consume(new ConsumeSpec(Peer.own(QUEUE), false, false, priority, credit), inbox);
        }
    }

    ServiceModel(long seed, int shards, UnaryOperator<ShardMachine> sabotage) {
        random = new SplittableRandom(seed);
        rig = new ModelledRig(seed, shards, Temper.LOCAL, sabotage);
        int levels = random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(1 << random.nextInt(1, 9));
        boolean single = random.nextBoolean();
        KeyOrder byKey = new KeyOrder(KeySource.RECORD_KEY, "");
        Service leveled = new Service(single, new Priorities(levels, random.nextInt(levels)), -1);
        service =
                switch (random.nextInt(3)) {
                    case 0 -> new Service(single, Priorities.NONE, -1, byKey);
                    case 1 -> leveled.sharing(byKey);
                    default -> leveled;
                };
        publisher = rig.peer();
        publisher.declare(Specs.served(QUEUE, service));
    }

    /// Goes so many steps; then the state must be what the log makes of it.
    void run(int steps) {
        for (int step = 0; step < steps; step++) {
            step();
        }
        rig.checkReplay();
        rig.close();
    }

    private void step() {
        List<Message> before = messages.stream().filter(Message::isReady).toList();
        left = false;
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> publish();
            case 3 -> arrive();
            case 4 -> leave();
            case 5 -> take();
            case 6, 7, 8 -> settle(Settlement.ACCEPT);
            case 9, 10 -> settle(Settlement.RELEASE);
            default -> rare();
        }
        rig.quiesce();
        hear(before);
        checkRest();
    }

    // Steps ----------------------------------------------------------------------------------

    private void publish() {
        int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 200 : 6);
        List<Publication> batch = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int priority = random.nextInt(4) == 0 ? -1 : random.nextInt(256 >> random.nextInt(9));
            int level =
                    priority < 0
                            ? service.priorities().usual()
                            : Math.min(priority, service.priorities().levels() - 1);
            int key = service.telling().isNone() ? -1 : random.nextInt(-1, 5);
            messages.add(new Message(messages.size(), level, key, restarts));
            Content plain = Peer.content("m");
            Envelope envelope =
                    new Envelope(0, -1, priority, key < 0 ? null : new byte[] {(byte) key});
            batch.add(
                    new Publication(
                            Peer.to(QUEUE),
                            new Content(plain.encoding(), envelope, plain.bytes())));
        }
        rig.await(publisher.send(batch));
    }

    private void arrive() {
        if (guests.size() < MOST_CONSUMERS) {
            int credit = random.nextInt(4) == 0 ? 1_000 : random.nextInt(8);
            guests.add(new Guest(rig.peer(), random.nextInt(2), credit));
        }
    }

    /// A session ends: what it held comes back.
    private void leave() {
        if (guests.isEmpty()) {
            return;
        }
        Guest gone = guests.remove(random.nextInt(guests.size()));
        gone.closed = true;
        left = true;
        for (Message message : messages) {
            if (message.holder == gone) {
                message.holder = null;
                message.attempt++;
            }
        }
        gone.peer.session.close();
    }

    private void take() {
        Message best = best(messages.stream().filter(m -> m.isReady() && mayGo(m, null)).toList());
        Delivery taken = publisher.take(QUEUE).orElse(null);
        if (best == null || taken == null || taken.offset() != best.offset) {
            boolean other = best != null && taken != null && mayTakeTurn(best, taken);
            require(other || (best == null && taken == null), best + " is next, not " + taken);
            best = other ? messages.get((int) taken.offset()) : null;
        }
        if (best != null && taken != null) {
            check(best, taken);
            publisher.accept(taken);
            best.settled = true;
        }
    }

    /// Whether another message may be taken first: the first of another key of that level.
    private boolean mayTakeTurn(Message best, Delivery taken) {
        Message other = messages.get((int) taken.offset());
        return isFair()
                && other.isReady()
                && other.level == best.level
                && messages.stream()
                        .noneMatch(
                                m -> m.isReady() && isBefore(m, other) && m.level == other.level);
    }

    private boolean isFair() {
        return !service.fairShare().isNone();
    }

    private static boolean isBefore(Message one, Message other) {
        return one.key == other.key && one.offset < other.offset;
    }

    private void settle(Settlement how) {
        List<Message> held = messages.stream().filter(m -> m.holder != null).toList();
        Guest guest = held.isEmpty() ? null : held.get(random.nextInt(held.size())).holder;
        if (guest == null) {
            return;
        }
        List<Delivery> chosen = new ArrayList<>();
        for (Message message : held) {
            if (message.holder == guest && random.nextInt(3) > 0 && message.delivery != null) {
                chosen.add(message.delivery);
                message.holder = null;
                message.settled = how.kind() != Settlement.Kind.RELEASE;
                message.attempt += how.kind() == Settlement.Kind.RELEASE ? 1 : 0;
                guest.held--;
            }
        }
        rig.await(guest.peer.session.settle(chosen, how, true));
    }

    private void rare() {
        switch (random.nextInt(6)) {
            case 0 -> crash();
            case 1, 2 -> rig.checkpoint();
            case 3 -> purge();
            default -> publish();
        }
    }

    private void crash() {
        rig.quiesce();
        rig.crash();
        restarts++;
        guests.clear();
        active = null;
        messages.forEach(message -> message.holder = null);
        publisher = rig.peer();
    }

    private void purge() {
        List<Message> ready = messages.stream().filter(Message::isReady).toList();
        long purged = rig.await(publisher.session.purge(Specs.queue(QUEUE).name()));
        require(purged == ready.size(), purged + " purged, not " + ready.size());
        ready.forEach(message -> message.settled = true);
    }

    // What came of it ------------------------------------------------------------------------

    /// Takes note of deliveries.
    ///
    /// @param before what was ready before the step
    private void hear(List<Message> before) {
        chooseActive();
        List<Message> given = new ArrayList<>();
        Comparator<Message> rank = isFair() ? LEVEL : RANK;
        for (Guest guest : guests) {
            List<Message> mine = new ArrayList<>();
            for (Delivery delivery : guest.inbox.drain()) {
                Message message = messages.get((int) delivery.offset());
                require(message.isReady(), message + " is given twice or although it is settled");
                check(message, delivery);
                message.holder = guest;
                message.delivery = delivery;
                guest.held++;
                mine.add(message);
            }
            require(guest.held <= guest.credit, "more than the credit of " + guest.credit);
            // What is lost with a session may pass through its consumer on its way to others.
            require(
                    (left && !service.singleActive())
                            || !service.keyOrder().isNone()
                            || mine.stream().sorted(rank).toList().equals(mine),
                    mine + " is not the order of their rank");
            require(
                    mine.isEmpty() || !service.singleActive() || guest == active,
                    mine + " went to a consumer that is not active");
            given.addAll(mine);
        }
        given.forEach(this::checkKey);
        if (!service.keyOrder().isNone()) {
            return;
        }
        Message worst = given.stream().max(rank).orElse(null);
        List<Message> waited = before.stream().filter(Message::isReady).toList();
        Message passed = best(waited);
        require(
                worst == null || passed == null || rank.compare(worst, passed) < (isFair() ? 1 : 0),
                worst + " was given before " + passed);
        if (isFair()) {
            waited.forEach(message -> checkTurns(message, given));
        }
    }

    /// Nobody has been given more than one more than a key that had something waiting all the time,
    /// and that was given the oldest.
    private void checkTurns(Message waited, List<Message> given) {
        Map<Integer, Long> counts =
                given.stream()
                        .filter(m -> m.level == waited.level)
                        .collect(Collectors.groupingBy(m -> m.key, Collectors.counting()));
        long own = counts.getOrDefault(waited.key, 0L);
        require(
                left || counts.values().stream().allMatch(count -> count <= own + 1),
                waited + " waited while its level was given " + counts);
        require(
                given.stream().noneMatch(m -> m.level == waited.level && isBefore(waited, m)),
                waited + " waited while a later one of its key was given");
    }

    /// Whether a message may go to a consumer, or to somebody else for null.
    private boolean mayGo(Message message, @Nullable Guest to) {
        return message.key < 0
                || isFair()
                || messages.stream()
                        .noneMatch(m -> m.key == message.key && m.holder != null && m.holder != to);
    }

    private void checkKey(Message given) {
        require(mayGo(given, given.holder), given + " is with two");
        require(
                isFair()
                        || messages.stream()
                                .noneMatch(m ->
                                        given.key >= 0
                                                && m.key == given.key
                                                && m.isReady()
                                                && m.offset < given.offset),
                given + " was given before an older one of its key");
    }

    private void check(Message message, Delivery delivery) {
        require(
                delivery.attempt() == message.attempt,
                message + " has attempt " + delivery.attempt() + ", not " + message.attempt);
        boolean before = message.attempt > 0 || message.since < restarts;
        require(delivery.redelivered() == before, message + " redelivered is not " + before);
    }

    /// When nothing moves any more, nobody who may be served waits for what is ready.
    private void checkRest() {
        long ready = messages.stream().filter(Message::isReady).count();
        long held = messages.stream().filter(m -> m.holder != null).count();
        TopicStats expected = new TopicStats(ready, held, guests.size());
        TopicStats stats = publisher.stats(QUEUE);
        require(stats.equals(expected), stats + " instead of " + expected);
        for (Guest guest : guests) {
            boolean may = !service.singleActive() || (guest == active && !isFading());
            boolean any = messages.stream().anyMatch(m -> m.isReady() && mayGo(m, guest));
            require(
                    !any || guest.held >= guest.credit || !may,
                    "a consumer is not served although " + ready + " are ready");
        }
    }

    /// As the docs say it: the first of the highest priority; one that is served stays until it
    /// goes, or holds nothing when there is one of higher priority.
    private void chooseActive() {
        if (active != null && active.closed) {
            active = null;
        }
        Guest best = guests.stream().max(Comparator.comparingInt(g -> g.priority)).orElse(null);
        for (Guest guest : guests) {
            if (best != null && guest.priority == best.priority) {
                best = guest;
                break;
            }
        }
        boolean idle = messages.stream().noneMatch(m -> m.holder != null);
        if (active == null || (best != null && best.priority > active.priority && idle)) {
            active = best;
        }
    }

    private boolean isFading() {
        return active != null && guests.stream().anyMatch(g -> g.priority > active.priority);
    }

    private static final Comparator<Message> LEVEL = Comparator.comparingInt(m -> -m.level);

    private static final Comparator<Message> RANK = LEVEL.thenComparingLong(m -> m.offset);

    private static @Nullable Message best(List<Message> among) {
        return among.stream().min(RANK).orElse(null);
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new Violation(otherwise + "; " + service);
        }
    }
}
