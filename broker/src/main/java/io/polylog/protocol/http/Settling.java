package io.polylog.protocol.http;

import io.polylog.broker.Settlement;
import io.polylog.http.Answers;
import io.polylog.http.Answers.Answer;
import io.polylog.http.Exchange;
import io.polylog.http.Refusal;
import io.polylog.http.Request;
import io.polylog.http.Status;
import io.polylog.security.Principal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Settles what was pulled: one lease by its path, or many in one request. The answer comes when
/// all of it is on disk. Begun on the connection's loop; all else at the leases' home.
final class Settling {
    private static final int MOST_LEASES = 1_000;
    private static final long MOST_MS = 365L * 24 * 3_600_000;

    private final Leases leases;

    Settling(Leases leases) {
        this.leases = leases;
    }

    /// What becomes of leases.
    ///
    /// @param accept dealt with
    /// @param release to be delivered again
    /// @param reject not wanted: to the dead letters, where there are some
    /// @param renew still worked on
    record Order(
            @Nullable List<String> accept,
            @Nullable List<Release> release,
            @Nullable List<Reject> reject,
            @Nullable List<Renewal> renew) {
        private int size() {
            return size(accept) + size(release) + size(reject) + size(renew);
        }

        private static int size(@Nullable List<?> list) {
            return list == null ? 0 : list.size();
        }
    }

    /// @param delayMs how long it stays hidden; as its queue's retry policy says where it is null
    record Release(@Nullable String lease, @Nullable Long delayMs, @Nullable String reason) {}

    /// @param reason kept with the message
    record Reject(@Nullable String lease, @Nullable String reason) {}

    /// @param leaseMs from now on
    record Renewal(@Nullable String lease, @Nullable Long leaseMs) {}

    /// Who holds leases. On its loop.
    interface Holder {
        /// Settles one.
        ///
        /// @param then gets whether it was there to be settled; on the loop
        void settle(String lease, Settlement how, Consumer<Boolean> then);

        /// Gives one more time.
        ///
        /// @param leaseMs from now on, or 0 where nothing is said
        /// @param then as for [#settle]
        void renew(String lease, long leaseMs, Consumer<Boolean> then);
    }

    /// Many.
    void many(HttpPlace place, Principal who, Exchange exchange) {
        Order order = Json.asked(exchange.request().body(), Order.class);
        settle(place, who, exchange, order, false);
    }

    void accept(HttpPlace place, Principal who, Exchange exchange) {
        String lease = exchange.request().parameter("lease");
        settle(place, who, exchange, new Order(List.of(lease), null, null, null), true);
    }

    void release(HttpPlace place, Principal who, Exchange exchange) {
        Request request = exchange.request();
        Release one =
                new Release(
                        request.parameter("lease"),
                        Numbers.parsed("delayMs", request.query("delayMs")),
                        request.query("reason"));
        settle(place, who, exchange, new Order(null, List.of(one), null, null), true);
    }

    void reject(HttpPlace place, Principal who, Exchange exchange) {
        Request request = exchange.request();
        Reject one = new Reject(request.parameter("lease"), request.query("reason"));
        settle(place, who, exchange, new Order(null, null, List.of(one), null), true);
    }

    void renew(HttpPlace place, Principal who, Exchange exchange) {
        Request request = exchange.request();
        Renewal one =
                new Renewal(
                        request.parameter("lease"),
                        Numbers.parsed("leaseMs", request.query("leaseMs")));
        settle(place, who, exchange, new Order(null, null, null, List.of(one)), true);
    }

    private void settle(
            HttpPlace place, Principal who, Exchange exchange, Order order, boolean isOne) {
        check(order);
        leases.run(() ->
                apply(
                        leases.of(who, place.broker()),
                        order,
                        gone ->
                                exchange.later(() ->
                                        exchange.answer(
                                                Answers.reply(answer(order, gone, isOne))))));
    }

    /// @throws Refusal 400 or 413
    static void check(Order order) {
        if (order.size() > MOST_LEASES) {
            throw new Refusal(
                    Status.CONTENT_TOO_LARGE,
                    "TOO_LARGE",
                    "more than " + MOST_LEASES + " leases",
                    "settle them in several requests");
        }
        for (String lease : each(order.accept)) {
            requireName(lease);
        }
        for (Release one : each(order.release)) {
            requireName(one.lease);
            Numbers.within("delayMs", one.delayMs, 0, 0, MOST_MS);
        }
        for (Reject one : each(order.reject)) {
            requireName(one.lease);
        }
        for (Renewal one : each(order.renew)) {
            requireName(one.lease);
            Numbers.within("leaseMs", one.leaseMs, 1, 1, MOST_MS);
        }
    }

    private static <T> List<T> each(@Nullable List<T> list) {
        if (list != null && list.stream().anyMatch(Objects::isNull)) {
            throw Json.invalid("a lease is null");
        }
        return list == null ? List.of() : list;
    }

    private static void requireName(@Nullable String lease) {
        if (lease == null || lease.isEmpty()) {
            throw Json.invalid("lease: which one?");
        }
    }

    /// Does it.
    ///
    /// @param then gets the leases that were not there, when all of it is on disk
    static void apply(Holder holder, Order order, Consumer<List<String>> then) {
        Leases.Gathering all = new Leases.Gathering(then);
        for (String lease : each(order.accept)) {
            holder.settle(lease, Settlement.ACCEPT, all.expect(lease));
        }
        for (Release one : each(order.release)) {
            Settlement how = Settlement.RELEASE.because(text(one.reason));
            Long delayMs = one.delayMs;
            String lease = text(one.lease);
            holder.settle(lease, delayMs == null ? how : how.after(delayMs), all.expect(lease));
        }
        for (Reject one : each(order.reject)) {
            Settlement how = Settlement.REJECT.because(text(one.reason));
            String lease = text(one.lease);
            holder.settle(lease, how, all.expect(lease));
        }
        for (Renewal one : each(order.renew)) {
            String lease = text(one.lease);
            long leaseMs = one.leaseMs == null ? 0 : one.leaseMs;
            holder.renew(lease, leaseMs, all.expect(lease));
        }
        all.answered();
    }

    private static String text(@Nullable String said) {
        return said == null ? "" : said;
    }

    /// What is answered, a [Refusal] or an [Answer].
    ///
    /// @param gone the leases that were not there
    /// @param isOne whether it is about one, which is an error then
    private static Object answer(Order order, List<String> gone, boolean isOne) {
        return isOne && !gone.isEmpty()
                ? isGone(gone.get(0))
                : new Answer(Status.OK, settled(order, gone));
    }

    /// What is told where one is not there.
    static Refusal isGone(String lease) {
        return new Refusal(
                Status.GONE,
                "GONE",
                "no lease " + lease,
                "its time is over, or it was settled; the message comes again or came already");
    }

    /// What is told of several.
    static Map<String, Object> settled(Order order, List<String> gone) {
        Map<String, Object> settled = new LinkedHashMap<>();
        settled.put("settled", order.size() - gone.size());
        if (!gone.isEmpty()) {
            settled.put("gone", gone);
        }
        return settled;
    }
}
