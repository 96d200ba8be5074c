package io.polylog.broker.proof;

import io.polylog.broker.Append;
import io.polylog.broker.AppendListener;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.log.sim.Temper;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A broker and the model of it: what was sent, answered, delivered and settled in a history.
final class World {
    static final String TOPIC = "t";
    static final String SUBJECT = "all";
    static final int PARTITIONS = 2;
    private static final Set<Kind> UNSURE = EnumSet.of(Kind.BUSY, Kind.CLOSED, Kind.CONFLICT);

    final ModelledRig rig;
    final boolean strict;
    private final Map<Integer, Account> queues = new HashMap<>();
    private final Map<Integer, UUID> ids = new HashMap<>();
    private final Map<Integer, Account> subscriptions = new HashMap<>();
    private final Map<Integer, Client> clients = new HashMap<>();
    final KeptTopics kept;
    private final List<ProducerLane> lanes = new ArrayList<>();
    private final List<Account> everyAccount = new ArrayList<>();
    private int life;
    private @Nullable Throwable found;
    private long clientsMade;
    boolean diskFull;
    private boolean diskWasFull;

    World(ModelledRig rig, Temper temper) {
        this.rig = rig;
        this.strict = temper.forget() == 0 && temper.depose() == 0 && temper.busy() == 0;
        Peer peer = rig.peer();
        peer.insist(() -> peer.session.declareTopic(Specs.batches(TOPIC, PARTITIONS)));
        for (int producer = 0; producer < History.PRODUCERS; producer++) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                long id = peer.insist(peer.session::newProducerId);
                String name = "producer" + producer + "." + partition;
                lanes.add(new ProducerLane(this, name, partition, id));
            }
        }
        kept = new KeptTopics(this, peer);
        peer.session.close();
    }

    Owed.Moment now() {
        return new Owed.Moment(life, strict);
    }

    static String queueName(int queue) {
        return "q" + queue;
    }

    static SubscriptionRef queueRef(int queue) {
        return Peer.own(queueName(queue));
    }

    static SubscriptionRef subscriptionRef(int name) {
        return new SubscriptionRef(TopicName.of(TOPIC), "s" + name);
    }

    /// The queue that bears the name now, and that what is asked now is about. It may be another
    /// one than that of the declaration last answered.
    @Nullable Account queue(int queue) {
        Topic topic = rig.broker().definitions().topic(TopicName.of(queueName(queue)));
        if (topic != null && !topic.id().equals(ids.get(queue))) {
            declared(queue, topic).opening = true;
        }
        return queues.get(queue);
    }

    private Collection<Account> queuesNow() {
        for (int queue = 0; queue < History.QUEUES; queue++) {
            queue(queue);
        }
        return queues.values();
    }

    Map<Integer, Account> queues() {
        return queues;
    }

    Map<Integer, Account> subscriptions() {
        return subscriptions;
    }

    List<ProducerLane> lanes() {
        return lanes;
    }

    Client client(int session) {
        Client there = clients.get(session);
        if (there == null || there.isClosed()) {
            there = new Client(this, "session" + clientsMade++);
            clients.put(session, there);
        }
        return there;
    }

    List<Client> openClients() {
        return clients.values().stream().filter(client -> !client.isClosed()).toList();
    }

    // ---- what is found

    /// Does something when a stage is complete. What is wrong then counts, though a stage keeps to
    /// itself what its listeners throw.
    <T extends @Nullable Object> void hear(
            CompletionStage<T> stage, BiConsumer<? super @Nullable T, @Nullable Throwable> then) {
        stage.whenComplete((result, failed) -> check(() -> then.accept(result, failed)));
    }

    /// Does something that may find a violation: the history ends with the first one.
    void check(Runnable what) {
        try {
            what.run();
        } catch (AssertionError | RuntimeException violation) {
            if (found == null) {
                found = violation;
            }
        }
    }

    /// Fails with what was found so far.
    void checkFound() {
        if (found != null) {
            throw new Violation(found.getMessage(), found);
        }
    }

    // ---- what may go wrong

    /// Checks that a refusal is one that may come now.
    void mayFail(Throwable failed, @Nullable Account account) {
        Kind kind = Client.kind(failed);
        boolean gone =
                account != null
                        && (account.ending
                                || !(queues.containsValue(account)
                                        || subscriptions.containsValue(account)));
        boolean right =
                kind != null
                        && (gone
                                || (!strict && UNSURE.contains(kind))
                                || (diskWasFull && kind == Kind.DISK_FULL));
        if (!right) {
            throw new AssertionError("failed for no reason: " + failed, failed);
        }
    }

    void mayRefuse(String outcome) {
        boolean right =
                switch (outcome) {
                    case "DISK_FULL" -> diskWasFull;
                    case "BUSY", "CLOSED" -> !strict;
                    default -> false;
                };
        if (!right) {
            throw new Violation("refused as " + outcome + " for no reason");
        }
    }

    /// As [#mayRefuse]. A batch is also to be sent again where the one before it found the disk
    /// full: what that one leads to beside its topic must come first.
    void mayRefuseBatch(AppendListener.Outcome outcome) {
        if (outcome != AppendListener.Outcome.BUSY || !diskWasFull) {
            mayRefuse(outcome.name());
        }
    }

    void diskFull(boolean full) {
        diskFull = full;
        diskWasFull |= full;
        rig.diskFull(full);
    }

    // ---- definitions

    void declare(int queue) {
        Peer peer = client(0).peer();
        int asked = life;
        hear(
                peer.session.declareTopic(Specs.queue(queueName(queue))),
                (topic, failed) -> {
                    Account account = asked == life ? queue(queue) : null;
                    boolean removed = topic == null || !topic.id().equals(ids.get(queue));
                    if (account != null && !removed) {
                        account.opening = false;
                        bind(peer, queue);
                    }
                });
    }

    private Account declared(int queue, Topic topic) {
        Account there = queues.get(queue);
        if (there != null && topic.id().equals(ids.get(queue))) {
            return there;
        }
        ids.put(queue, topic.id());
        Account fresh = new Account(queueName(queue));
        queues.put(queue, fresh);
        everyAccount.add(fresh);
        return fresh;
    }

    private void bind(Peer peer, int queue) {
        Account account = queues.get(queue);
        String name = queueName(queue);
        peer.session
                .bind(Specs.toQueue(Rig.SUBJECTS, name, SUBJECT))
                .thenCompose(nothing ->
                        peer.session.bind(
                                Specs.toQueue(Rig.SUBJECTS, name, queue == 0 ? TOPIC : SUBJECT)))
                .thenAccept(nothing -> {
                    if (account != null) {
                        account.bound = true;
                    }
                });
    }

    void delete(int queue) {
        Account account = queue(queue);
        UUID id = ids.get(queue);
        if (account == null) {
            return;
        }
        account.ending = true;
        account.mayBeGone();
        client(1)
                .peer()
                .session
                .deleteTopic(TopicName.of(queueName(queue)), false, false)
                .whenComplete((count, failed) -> {
                    if (failed == null && Objects.equals(ids.get(queue), id)) {
                        forget(queue);
                    }
                });
    }

    /// What is sent before the answer may be taken along.
    void purge(Client client, Account account) {
        account.purgeAsked();
        client.pending++;
        client.peer()
                .session
                .purge(TopicName.of(account.name))
                .whenComplete((count, failed) -> {
                    client.pending--;
                    account.purgeAnswered();
                });
    }

    private void forget(int queue) {
        queues.remove(queue);
        ids.remove(queue);
    }

    /// After a start: what is defined, where it was not known.
    private void lookAround() {
        var definitions = rig.broker().definitions();
        for (int queue = 0; queue < History.QUEUES; queue++) {
            Topic topic = definitions.topic(TopicName.of(queueName(queue)));
            Account account = queues.get(queue);
            if (topic != null) {
                Account found = declared(queue, topic);
                found.opening = false;
                found.bound =
                        definitions
                                .bindingsFrom(Specs.NS, Rig.SUBJECTS)
                                .contains(Specs.toQueue(Rig.SUBJECTS, queueName(queue), SUBJECT));
            } else if (account != null) {
                if (!account.ending) {
                    throw new Violation(account.name + " was declared, and is lost");
                }
                forget(queue);
            }
        }
    }

    // ---- sending

    void publish(Client client, int queue, int count) {
        Account account = queue(queue);
        if (account == null) {
            return;
        }
        List<Publication> batch = new ArrayList<>();
        List<Owed> owed = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = client.name + ":" + client.published;
            owed.add(account.sent(text, client.name, client.published++, life));
            batch.add(new Publication(Peer.to(queueName(queue)), Peer.content(text)));
        }
        boolean mayMiss = account.opening;
        client.publish(
                batch,
                outcomes -> {
                    for (int i = 0; i < count; i++) {
                        decided(owed.get(i), outcomes.get(i), account, mayMiss);
                    }
                });
    }

    private void decided(Owed owed, Outcome outcome, Account account, boolean mayMiss) {
        switch (outcome) {
            case STORED -> owed.stored(true);
            case NOT_FOUND, UNROUTABLE -> {
                if (!mayMiss && !account.ending && queues.containsValue(account)) {
                    throw new Violation(account.name + " is there, yet " + outcome);
                }
                owed.refused();
            }
            case CLOSED -> mayRefuse(outcome.name());
            default -> {
                mayRefuse(outcome.name());
                owed.refused();
            }
        }
    }

    void spread(Client client, int count) {
        List<Publication> batch = new ArrayList<>();
        List<List<Owed>> owed = new ArrayList<>();
        Collection<Account> all = queuesNow();
        List<Account> sure = all.stream().filter(a -> a.bound && !a.ending).toList();
        for (int i = 0; i < count; i++) {
            String text = client.name + ":" + client.published;
            long sequence = client.published++;
            List<Owed> copies = new ArrayList<>();
            for (Account account : all) {
                Owed copy = account.sent(text, client.name, sequence, life);
                if (sure.contains(account)) {
                    copies.add(copy);
                }
            }
            owed.add(copies);
            batch.add(new Publication(Peer.subject(SUBJECT), Peer.content(text)));
        }
        client.publish(
                batch,
                outcomes -> {
                    for (int i = 0; i < count; i++) {
                        boolean stored = outcomes.get(i) == Outcome.STORED;
                        owed.get(i).forEach(copy -> copy.stored(stored));
                        boolean mayFail = sure.isEmpty() || outcomes.get(i) == Outcome.UNROUTABLE;
                        if (!stored && !mayFail) {
                            mayRefuse(outcomes.get(i).name());
                        }
                    }
                });
    }

    // ---- appending

    boolean wantsOpened() {
        Topic topic = rig.broker().definitions().topic(TopicName.of(TOPIC));
        return topic != null && client(2).peer().session.wantsOpened(topic);
    }

    void append(Append batch, Consumer<AppendListener.Result> then) {
        int asked = life;
        hear(
                client(2).peer().append(List.of(batch)),
                (results, failed) -> {
                    if (asked == life) {
                        then.accept(Objects.requireNonNull(results).getFirst());
                    }
                });
    }

    /// Whom a batch that is sent now is sure to reach.
    Set<Account> reachedByTopic() {
        return withCopy().stream()
                .filter(account -> account.bound && !account.ending)
                .collect(Collectors.toSet());
    }

    private List<Account> withCopy() {
        List<Account> all = new ArrayList<>(subscriptions.values());
        Account copy = queue(0);
        if (copy != null && wantsOpened()) {
            all.add(copy);
        }
        return all;
    }

    /// The records of a batch that is sent now, or again: gives those that are surely owed once it
    /// is acknowledged. A batch that was sent before may have been stored before an account began.
    List<Owed> expectRecords(ProducerLane lane, ProducerLane.Sent batch, Set<Account> reached) {
        List<Owed> sure = new ArrayList<>();
        for (Account account : withCopy()) {
            for (int i = 0; i < batch.count; i++) {
                Owed owed = account.sent(batch.key(i), lane.name, batch.sequence + i, life);
                if (reached.contains(account)) {
                    sure.add(owed);
                }
            }
        }
        return sure;
    }

    void subscribe(Client client, int name, int credit) {
        Account account = subscriptions.computeIfAbsent(name, n -> begun("s" + n));
        client.consume(account, subscriptionRef(name), credit, () -> account.bound = true);
    }

    /// A subscription begins: it owes nothing of what was acknowledged before.
    private Account begun(String name) {
        Account account = new Account(name);
        everyAccount.add(account);
        for (ProducerLane lane : lanes) {
            for (ProducerLane.Sent batch : lane.sent()) {
                for (int i = 0; i < batch.count; i++) {
                    Owed owed = account.sent(batch.key(i), lane.name, batch.sequence + i, life);
                    if (batch.isAcknowledged()) {
                        owed.refused();
                    }
                }
            }
        }
        return account;
    }

    // ---- the process

    void died() {
        life++;
        clients.clear();
        everyAccount.forEach(Account::processDied);
        lanes.forEach(ProducerLane::processDied);
        diskWasFull = diskFull;
        lookAround();
    }

    /// Everything that could happen has happened: nothing may be left open.
    void checkIdle() {
        for (Client client : openClients()) {
            if (client.pending > 0) {
                throw new Violation(client.name + " waits for " + client.pending + " answers");
            }
            for (Feed feed : client.feeds()) {
                checkFed(feed);
            }
        }
    }

    private void checkFed(Feed feed) {
        if (!strict || diskFull || !feed.isHungry() || feed.account.ending) {
            return;
        }
        for (Owed owed : feed.account.all()) {
            if (owed.isOwed() && !owed.isHeld()) {
                throw new Violation("a consumer of " + feed.account.name + " waits for " + owed);
            }
        }
    }
}
