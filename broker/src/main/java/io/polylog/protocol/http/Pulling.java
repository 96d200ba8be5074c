package io.polylog.protocol.http;

import io.polylog.broker.BrokerException;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.DeliveredMessages;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import io.polylog.http.Answers;
import io.polylog.http.Exchange;
import io.polylog.http.Reply;
import io.polylog.http.Request;
import io.polylog.http.Status;
import io.polylog.http.cloudevents.JsonFormat;
import io.polylog.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// `POST pull`: gives messages away for a time, and waits for the first where there is none. Begun
/// on the connection's loop; all else at the leases' home.
final class Pulling {
    static final long USUAL_LEASE_MS = 30_000;
    static final long MOST_LEASE_MS = 12 * 3_600_000;
    private static final long MOST_WAIT_MS = 60_000;
    private static final int MOST_MESSAGES = 1_000;

    /// Where an answer has as much, it is enough.
    private static final int ENOUGH_BYTES = 4 << 20;

    /// So many are asked for at once.
    private static final int STEP = 64;

    private final Leases leases;
    private final DeliveredMessages opener;

    Pulling(Leases leases, DeliveredMessages opener) {
        this.leases = leases;
        this.opener = opener;
    }

    /// What is asked for; what is left out is as usual.
    ///
    /// @param max messages
    /// @param waitMs milliseconds to wait for the first
    /// @param leaseMs milliseconds to settle each
    /// @param accept whether they are settled before they are given
    record Order(
            @Nullable Long max,
            @Nullable Long waitMs,
            @Nullable Long leaseMs,
            @Nullable Boolean accept) {
        static Order of(Request request) {
            byte[] body = request.body();
            if (body.length > 0) {
                return Json.asked(body, Order.class);
            }
            return new Order(
                    number(request, "max"),
                    number(request, "waitMs"),
                    number(request, "leaseMs"),
                    "true".equals(request.query("accept")));
        }

        private static @Nullable Long number(Request request, String name) {
            return Numbers.parsed(name, request.query(name));
        }

        int most() {
            return (int) Numbers.within("max", max, 1, 1, MOST_MESSAGES);
        }

        long longestMs() {
            return Numbers.within("waitMs", waitMs, 0, 0, MOST_WAIT_MS);
        }

        long keptMs() {
            return Numbers.within("leaseMs", leaseMs, USUAL_LEASE_MS, 1, MOST_LEASE_MS);
        }

        boolean settlesOnSend() {
            return Boolean.TRUE.equals(accept);
        }
    }

    /// From a queue.
    void fromQueue(HttpPlace place, Principal who, Exchange exchange) {
        begin(place, who, exchange, new SubscriptionRef(Named.topic(exchange.request()), ""));
    }

    /// From a subscription.
    void fromSubscription(HttpPlace place, Principal who, Exchange exchange) {
        begin(place, who, exchange, Named.subscription(exchange.request()));
    }

    private void begin(HttpPlace place, Principal who, Exchange exchange, SubscriptionRef from) {
        Order order = Order.of(exchange.request());
        Named.requireSubscribable(place.broker().definitions(), from);
        Pull pull = new Pull(exchange, from, order);
        exchange.whenGone(() -> leases.run(pull::gone));
        leases.run(() -> pull.begin(leases.of(who, place.broker())));
    }

    /// One request.
    private final class Pull implements DeliveryListener {
        private final Exchange exchange;
        private final SubscriptionRef from;
        private final int most;
        private final long waitMs;
        private final long leaseMs;
        private final boolean settlesOnSend;
        private final boolean wantsEvents;
        private final List<Delivery> taken = new ArrayList<>();
        private Leases.@Nullable Holder holder;
        private @Nullable Consumer consumer;
        private @Nullable Future<?> deadline;
        private long bytes;
        private boolean isGone;
        private boolean isOver;

        Pull(Exchange exchange, SubscriptionRef from, Order order) {
            this.exchange = exchange;
            this.from = from;
            most = order.most();
            waitMs = order.longestMs();
            leaseMs = order.keptMs();
            settlesOnSend = order.settlesOnSend();
            String accepts = exchange.request().header("Accept");
            wantsEvents = accepts != null && accepts.contains(JsonFormat.BATCH_MEDIA_TYPE);
        }

        private Leases.Holder holder() {
            return Objects.requireNonNull(holder);
        }

        void begin(Leases.Holder mine) {
            holder = mine;
            try {
                mine.requireRoom(most);
                take();
            } catch (RuntimeException refused) {
                fail(refused);
            }
        }

        /// The client is gone; what it did not get comes back as if nothing had been.
        void gone() {
            isGone = true;
            finish();
        }

        // What is there already ----------------------------------------------------------------

        /// Takes what is there, a step at a time.
        private void take() {
            int step = Math.min(STEP, most - taken.size());
            Step asked = new Step(step);
            for (int i = 0; i < step; i++) {
                holder().session()
                        .take(from, settlesOnSend)
                        .thenApply(found -> found.orElse(null))
                        .whenComplete(asked::answered);
            }
        }

        private final class Step {
            private int owed;
            private boolean isDry;
            private @Nullable Throwable failed;

            Step(int owed) {
                this.owed = owed;
            }

            void answered(@Nullable Delivery found, @Nullable Throwable why) {
                if (why != null) {
                    failed = why;
                } else if (found == null) {
                    isDry = true;
                } else {
                    keep(found);
                }
                if (--owed == 0) {
                    stepped(isDry, failed);
                }
            }
        }

        private void stepped(boolean isDry, @Nullable Throwable failed) {
            if (isOver) {
                return;
            }
            if (failed != null && taken.isEmpty()) {
                fail(failed);
            } else if (!taken.isEmpty() && (isDry || failed != null || isEnough())) {
                finish();
            } else if (!isDry) {
                take();
            } else if (waitMs == 0 || isGone) {
                finish();
            } else {
                await();
            }
        }

        private void keep(Delivery delivery) {
            if (isOver) { // nobody waits for it any more
                holder().back(List.of(delivery), Settlement.RELEASE.after(0));
                return;
            }
            taken.add(delivery.batch() ? delivery : delivery.copied());
            bytes += delivery.content().bytes().remaining();
        }

        private boolean isEnough() {
            return taken.size() >= most || bytes >= ENOUGH_BYTES;
        }

        // What comes ---------------------------------------------------------------------------

        private void await() {
            int credit = Math.min(most, STEP);
            var spec = new ConsumeSpec(from, settlesOnSend, false, 0, credit);
            holder().session()
                    .consume(spec, this)
                    .whenComplete((made, failed) -> {
                        if (failed != null) {
                            fail(failed);
                            return;
                        }
                        consumer = made;
                        if (isOver) {
                            made.close();
                            return;
                        }
                        deadline = leases.runLater(this::finish, waitMs);
                    });
        }

        @Override
        public long ackTimeoutMs() {
            return Long.MAX_VALUE; // the lease's own time counts
        }

        @Override
        public boolean deliver(Delivery delivery) {
            keep(delivery);
            if (isEnough()) {
                finish();
            }
            return true;
        }

        @Override
        public void paused() {
            if (!taken.isEmpty()) {
                finish();
            }
        }

        @Override
        public void cancelled() {
            if (!isOver) {
                fail(
                        new BrokerException(
                                BrokerException.Kind.NOT_FOUND,
                                from.topic() + " was deleted meanwhile"));
            }
        }

        @Override
        public void failed(BrokerException why) {
            if (taken.isEmpty()) {
                fail(why);
            } else {
                finish();
            }
        }

        // The end ------------------------------------------------------------------------------

        private void fail(Throwable why) {
            if (!isOver) {
                close();
                holder().back(taken, Settlement.RELEASE.after(0));
                exchange.later(() -> exchange.answer(Answers.failure(why)));
            }
        }

        private void close() {
            isOver = true;
            if (deadline != null) {
                deadline.cancel(false);
            }
            if (consumer != null) {
                consumer.close();
            }
        }

        private void finish() {
            if (isOver) {
                return;
            }
            close();
            if (isGone) {
                holder().back(taken, Settlement.RELEASE.after(0));
                return;
            }
            Reply reply = wantsEvents ? events() : messages();
            exchange.later(() -> exchange.answer(reply));
        }

        private Reply messages() {
            List<Map<String, @Nullable Object>> messages = new ArrayList<>(taken.size());
            for (Delivery delivery : taken) {
                messages.add(shown(delivery));
            }
            return Answers.reply(Map.of("messages", messages));
        }

        private Reply events() {
            List<byte[]> events = new ArrayList<>(taken.size());
            for (Delivery delivery : taken) {
                String lease = settlesOnSend ? null : holder().lease(delivery, leaseMs);
                events.add(Shown.event(delivery, opener.message(delivery), lease));
            }
            return Reply.of(Status.OK, JsonFormat.BATCH_MEDIA_TYPE, Shown.array(events));
        }

        private Map<String, @Nullable Object> shown(Delivery delivery) {
            String lease = settlesOnSend ? null : holder().lease(delivery, leaseMs);
            return Shown.leased(delivery, opener.message(delivery), lease);
        }
    }
}
