package io.polylog.broker.proof;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One connection of a history: what it holds, and what it waits for.
final class Client {
    final String name;
    private final World world;
    private final Peer peer;
    private final List<Held> held = new ArrayList<>();
    private final List<Feed> feeds = new ArrayList<>();
    private boolean closed;
    int pending;
    long published;

    Client(World world, String name) {
        this.world = world;
        this.name = name;
        this.peer = world.rig.peer();
    }

    private record Held(Owed owed, Delivery delivery, @Nullable Feed feed) {}

    World world() {
        return world;
    }

    Peer peer() {
        return peer;
    }

    List<Feed> feeds() {
        return feeds;
    }

    // ---- publishing

    void publish(List<Publication> batch, Consumer<List<Outcome>> then) {
        pending++;
        world.hear(
                peer.send(batch),
                (outcomes, failed) -> {
                    pending--;
                    then.accept(Objects.requireNonNull(outcomes));
                });
    }

    // ---- consuming

    void consume(Account account, SubscriptionRef ref, int credit, Runnable attached) {
        Feed feed = new Feed(this, account, credit);
        feeds.add(feed);
        boolean opening = account.opening;
        pending++;
        world.hear(
                peer.session.consume(new ConsumeSpec(ref, false, false, 0, credit), feed),
                (consumer, failed) -> {
                    pending--;
                    if (failed == null) {
                        feed.consumer = consumer;
                        attached.run();
                    } else {
                        feeds.remove(feed);
                        mayFailToRead(failed, account, opening);
                    }
                });
    }

    void take(Account account, SubscriptionRef ref) {
        pending++;
        boolean opening = account.opening;
        world.hear(
                peer.session.take(ref, false),
                (delivery, failed) -> {
                    pending--;
                    if (failed != null) {
                        mayFailToRead(failed, account, opening);
                    } else if (delivery != null && delivery.isPresent()) {
                        hold(account, delivery.get(), null);
                    }
                });
    }

    /// What was asked for before the session was closed, before the shard had a new leader, or
    /// before the queue was open, fails as if the queue were gone.
    private void mayFailToRead(Throwable failed, Account account, boolean opening) {
        boolean mayMiss = (!world.strict || opening) && kind(failed) == Kind.NOT_FOUND;
        if (!closed && !mayMiss) {
            world.mayFail(failed, account);
        }
    }

    void hold(Account account, Delivery delivery, @Nullable Feed feed) {
        if (closed) {
            throw new Violation("a closed session gets a delivery of " + account.name);
        }
        Owed owed = account.delivered(this, delivery, world.now());
        held.add(new Held(owed, delivery, feed));
    }

    void closeConsumer(int number) {
        List<Feed> open = feeds.stream().filter(feed -> feed.consumer != null).toList();
        if (!open.isEmpty()) {
            Feed feed = open.get(number % open.size());
            feed.close();
            feeds.remove(feed);
        }
    }

    // ---- settling

    void settle(int from, int count, Settlement how, boolean awaited) {
        if (held.isEmpty()) {
            return;
        }
        int first = from % held.size();
        List<Held> chosen =
                new ArrayList<>(held.subList(first, Math.min(held.size(), first + count)));
        held.removeAll(chosen);
        for (Held one : chosen) {
            if (one.feed != null) {
                one.feed.held--;
            }
            if (how.kind() == Settlement.Kind.RELEASE) {
                one.owed.givenBack(world.now().life());
            } else {
                one.owed.asked();
            }
        }
        pending++;
        world.hear(
                peer.session.settle(chosen.stream().map(Held::delivery).toList(), how, awaited),
                (nothing, failed) -> settled(chosen, how, failed));
    }

    private void settled(List<Held> chosen, Settlement how, @Nullable Throwable failed) {
        pending--;
        if (failed != null) {
            world.mayFail(failed, null);
        }
        for (Held one : chosen) {
            if (how.kind() != Settlement.Kind.RELEASE) {
                one.owed.answered(failed == null);
            } else if (failed == null) {
                one.owed.knownGivenBack(one.delivery.attempt());
            }
        }
    }

    /// What it holds came in order of place.
    void checkOrder() {
        long last = -1;
        int partition = -1;
        for (Held one :
                held.stream()
                        .sorted((a, b) ->
                                Integer.compare(a.delivery.partition(), b.delivery.partition()))
                        .toList()) {
            if (one.delivery.partition() != partition) {
                partition = one.delivery.partition();
                last = -1;
            }
            if (one.delivery.offset() <= last) {
                throw new Violation(one.owed + " comes after offset " + last);
            }
            last = one.delivery.offset();
        }
    }

    // ---- the end

    void close() {
        closed = true;
        held.forEach(one -> one.owed.givenBack(world.now().life()));
        held.clear();
        feeds.clear();
        pending = 0;
        peer.session.close();
    }

    boolean isClosed() {
        return closed;
    }

    static @Nullable Kind kind(Throwable failed) {
        Throwable cause =
                failed instanceof CompletionException && failed.getCause() != null
                        ? failed.getCause()
                        : failed;
        return cause instanceof BrokerException refused ? refused.kind() : null;
    }
}
