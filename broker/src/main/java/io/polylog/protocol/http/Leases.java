package io.polylog.protocol.http;

import io.polylog.broker.Broker;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Delivery;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Publication;
import io.polylog.broker.Session;
import io.polylog.broker.Settlement;
import io.polylog.security.Principal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The deliveries that were pulled and are not settled yet. They outlive the connection that asked
/// for them: those of a user belong to one session of his, until they are settled or their time is
/// over. On one loop, the home of them all.
final class Leases {
    /// More are not given to one user.
    static final int MOST_LEASES = 100_000;

    private static final String EXPIRED = "its lease ended";

    private final ScheduledExecutorService home;
    private final String prefix;
    private final Map<Principal, Holder> holders = new HashMap<>();
    private long given;

    /// @param home runs tasks one at a time
    /// @param prefix of all leases, so that none is taken for one of an earlier start
    Leases(ScheduledExecutorService home, String prefix) {
        this.home = home;
        this.prefix = prefix;
    }

    /// Runs a task at home, soon. Any thread.
    void run(Runnable task) {
        home.execute(task);
    }

    /// Runs a task at home later.
    Future<?> runLater(Runnable task, long delayMs) {
        return home.schedule(task, delayMs, TimeUnit.MILLISECONDS);
    }

    /// The one of a user.
    Holder of(Principal who, Broker broker) {
        return holders.computeIfAbsent(who, _ -> new Holder(broker.session(who, Mailbox.of(home))));
    }

    /// What is held comes back.
    void end() {
        holders.values().forEach(holder -> holder.session.close("the broker stops"));
        holders.clear();
    }

    /// What one user holds.
    final class Holder implements Settling.Holder {
        private final Session session;
        private final Map<String, Held> held = new HashMap<>();

        private Holder(Session session) {
            this.session = session;
        }

        Session session() {
            return session;
        }

        /// @throws BrokerException BUSY
        void requireRoom(int more) {
            if (held.size() + more > MOST_LEASES) {
                throw new BrokerException(
                        Kind.BUSY, "more than " + MOST_LEASES + " leases; settle some first");
            }
        }

        /// Gives a delivery away for a time.
        ///
        /// @return the name of its lease
        String lease(Delivery delivery, long leaseMs) {
            String name = prefix + "-" + Long.toString(++given, Character.MAX_RADIX);
            Held now = new Held(withoutContent(delivery));
            held.put(name, now);
            expireIn(name, now, leaseMs);
            return name;
        }

        private void expireIn(String name, Held lease, long leaseMs) {
            if (lease.expiry != null) {
                lease.expiry.cancel(false);
            }
            lease.expiry = runLater(() -> expired(name), leaseMs);
        }

        private void expired(String name) {
            Held lease = held.remove(name);
            if (lease != null) {
                back(List.of(lease.delivery), Settlement.RELEASE.because(EXPIRED));
            }
        }

        /// Gives back what nobody got.
        void back(List<Delivery> deliveries, Settlement how) {
            if (!deliveries.isEmpty()) {
                session.settle(deliveries, how, false);
            }
        }

        @Override
        public void settle(String name, Settlement how, Consumer<Boolean> then) {
            Held lease = held.remove(name);
            if (lease == null) {
                then.accept(false);
                return;
            }
            if (lease.expiry != null) {
                lease.expiry.cancel(false);
            }
            session.settle(List.of(lease.delivery), how, true)
                    .whenComplete((_, failed) -> then.accept(failed == null));
        }

        @Override
        public void renew(String name, long leaseMs, Consumer<Boolean> then) {
            Held lease = held.get(name);
            if (lease == null) {
                then.accept(false);
                return;
            }
            expireIn(name, lease, leaseMs == 0 ? Pulling.USUAL_LEASE_MS : leaseMs);
            session.renew(List.of(lease.delivery))
                    .whenComplete((_, failed) -> then.accept(failed == null));
        }
    }

    /// One lease.
    private static final class Held {
        private final Delivery delivery;
        private @Nullable Future<?> expiry;

        Held(Delivery delivery) {
            this.delivery = delivery;
        }
    }

    /// What is kept must not hold the message.
    static Delivery withoutContent(Delivery delivery) {
        return delivery.with(
                new Publication.Content(
                        delivery.content().encoding(),
                        delivery.content().envelope(),
                        ByteBuffer.allocate(0)));
    }

    /// Gathers answers, and is through when all have come.
    static final class Gathering {
        private final List<String> gone = new ArrayList<>();
        private final Consumer<List<String>> through;
        private int owed = 1;

        /// @param through gets the leases that were not there
        Gathering(Consumer<List<String>> through) {
            this.through = through;
        }

        /// What one of them answers.
        Consumer<Boolean> expect(String lease) {
            owed++;
            return isThere -> {
                if (!isThere) {
                    gone.add(lease);
                }
                answered();
            };
        }

        /// Nothing more is asked.
        void answered() {
            if (--owed == 0) {
                through.accept(gone);
            }
        }
    }
}
