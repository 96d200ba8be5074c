package io.polylog.broker.proof;

import io.polylog.broker.BrokerException;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import java.util.ArrayList;
import java.util.List;
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

    Peer peer() {
        return peer;
    }

    List<Feed> feeds() {
        return feeds;
    }

    // ---- publishing

    void publish(List<Publication> batch, Consumer<List<Outcome>> then) {
        pending++;
        peer.send(batch)
                .thenAccept(outcomes -> {
                    pending--;
                    then.accept(outcomes);
                });
    }

    // ---- consuming

    void consume(Account account, SubscriptionRef ref, int credit, Runnable attached) {
        Feed feed = new Feed(this, account, credit);
        feeds.add(feed);
        pending++;
        peer.session
                .consume(new ConsumeSpec(ref, false, false, 0, credit), feed)
                .whenComplete((consumer, failed) -> {
                    pending--;
                    if (failed == null) {
                        feed.consumer = consumer;
                        attached.run();
                    } else {
                        world.mayFail(failed, account);
                        feeds.remove(feed);
                    }
                });
    }

    void take(Account account, SubscriptionRef ref) {
        pending++;
        peer.session
                .take(ref, false)
                .whenComplete((delivery, failed) -> {
                    pending--;
                    if (failed != null) {
                        world.mayFail(failed, account);
                    } else if (delivery.isPresent()) {
                        hold(account, delivery.get(), null);
                    }
                });
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
            if (how == Settlement.RELEASE) {
                one.owed.givenBack(world.now().life());
            } else {
                one.owed.asked();
            }
        }
        pending++;
        peer.session
                .settle(chosen.stream().map(Held::delivery).toList(), how, awaited)
                .whenComplete((nothing, failed) -> settled(chosen, how, failed));
    }

    private void settled(List<Held> chosen, Settlement how, @Nullable Throwable failed) {
        pending--;
        if (failed != null) {
            world.mayFail(failed, null);
        }
        for (Held one : chosen) {
            if (how != Settlement.RELEASE) {
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

    static BrokerException.@Nullable Kind kind(Throwable failed) {
        Throwable cause =
                failed instanceof CompletionException && failed.getCause() != null
                        ? failed.getCause()
                        : failed;
        return cause instanceof BrokerException refused ? refused.kind() : null;
    }
}
