package io.polylog.protocol.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.DeliveredMessages;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Session;
import io.polylog.broker.SubscriptionRef;
import io.polylog.http.Refusal;
import io.polylog.http.Request;
import io.polylog.http.Status;
import io.polylog.http.Visit;
import io.polylog.http.WebSocket;
import io.polylog.message.TopicName;
import io.polylog.net.Backlog;
import io.polylog.security.Authenticator;
import io.polylog.security.Principal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One client of a WebSocket: what it says, in its order, and what it is told. On the connection's
/// loop.
final class Talk implements WebSocket.Reader {
    private static final int MOST_SUBSCRIPTIONS = 1_000;
    private static final int USUAL_CREDIT = 100;
    private static final int MOST_CREDIT = 10_000;

    /// Publishes that a commit will decide: with more, nothing further is read.
    private static final long MOST_UNDECIDED_BYTES = 1 << 20;

    private final Talking.Seams seams;
    private final HttpPlace place;
    private final Visit visit;
    private final String namespace;
    private final String agent;
    private final WebSocket socket;
    private final DeliveredMessages opener;
    private final Backlog<Heard> backlog;
    private final Map<Long, TalkSubscription> subscriptions = new LinkedHashMap<>();
    private @Nullable Session session;
    private @Nullable TalkLeases leases;
    private long undecidedBytes;
    private long lastNumber;
    private boolean isOver;

    /// A live message that waits for the client.
    ///
    /// @param prefix of the JSON that it becomes
    private record Heard(byte[] prefix, Shown.Live message) {}

    Talk(Talking.Seams seams, HttpPlace place, Visit visit, Request handshake, WebSocket socket) {
        this.seams = seams;
        this.place = place;
        this.visit = visit;
        namespace = Named.namespace(handshake);
        agent = Objects.requireNonNullElse(handshake.header("User-Agent"), "");
        this.socket = socket;
        opener = new DeliveredMessages(seams.codecs());
        backlog = new Backlog<>(seams.waiting(), heard -> heard.message.members().length);
        if (visit.who() == null) {
            socket.laterBy(place.settings().loginMs(), this::loginOverdue);
        } else {
            enter();
        }
    }

    WebSocket socket() {
        return socket;
    }

    String namespace() {
        return namespace;
    }

    DeliveredMessages opener() {
        return opener;
    }

    Session session() {
        return Objects.requireNonNull(session);
    }

    TalkLeases leases() {
        return Objects.requireNonNull(leases);
    }

    // What the client says -----------------------------------------------------------------------

    @Override
    public void text(byte[] message) {
        if (message.length <= Contents.MOST_ON_LOOP_BYTES) {
            said(Read.of(message), message.length);
            return;
        }
        socket.hold(true);
        seams.threads()
                .execute(() -> {
                    Read read = Read.of(message);
                    socket.later(() -> {
                        said(read, message.length);
                        socket.hold(false);
                    });
                });
    }

    /// What a message says.
    ///
    /// @param order null where it makes no sense
    /// @param id by which its answer is known, or null
    /// @param bad why it makes no sense, or null
    private record Read(@Nullable TalkOrder order, @Nullable Long id, @Nullable Throwable bad) {
        static Read of(byte[] message) {
            try {
                TalkOrder order = Json.asked(message, TalkOrder.class);
                return new Read(order, order.id(), null);
            } catch (RuntimeException | Error bad) {
                return new Read(null, Json.number(message, "id"), bad);
            }
        }
    }

    private void said(Read read, int bytes) {
        if (isOver) {
            return;
        }
        if (read.order == null) {
            error(read.id, Objects.requireNonNull(read.bad));
            return;
        }
        try {
            carryOut(read.order, bytes);
        } catch (RuntimeException refused) {
            error(read.id, refused);
        }
    }

    private void carryOut(TalkOrder order, int bytes) {
        if (order instanceof TalkOrder.Login login) {
            login(login);
            return;
        }
        if (session == null) {
            refuse(order.id(), "log in first");
            return;
        }
        switch (order) {
            case TalkOrder.Publish publish -> publish(publish, bytes);
            case TalkOrder.Subscribe subscribe -> subscribe(subscribe);
            case TalkOrder.Unsubscribe(Long id) -> unsubscribe(id);
            case TalkOrder.Credit(Long id, Long credit) -> credit(id, credit);
            case TalkOrder.Settle settle -> settle(settle);
            case TalkOrder.Login _ -> {}
        }
    }

    // Logging in ---------------------------------------------------------------------------------

    private void login(TalkOrder.Login login) {
        Authenticator users = place.users();
        Principal who = visit.who();
        if (users == null && who != null) {
            welcome(login.id(), who);
            return;
        }
        if (users == null || who != null) {
            throw Json.invalid("somebody is logged in");
        }
        if (login.user() == null || login.password() == null) {
            throw Json.invalid("a login has user and password");
        }
        socket.hold(true);
        visit.login(
                users.byPassword(login.user(), login.password().getBytes(UTF_8)),
                agent,
                found -> {
                    if (!isOver) {
                        enter();
                        socket.allow(Talking.mostBytes(place.settings()));
                        welcome(login.id(), found);
                        socket.hold(false);
                    }
                },
                _ -> refuse(login.id(), "no such user, or another password"));
    }

    private void enter() {
        session = visit.session(place.broker());
        leases = new TalkLeases(session);
    }

    private void welcome(@Nullable Long id, Principal who) {
        Map<String, @Nullable Object> welcome = told("welcome", id);
        welcome.put("user", who.name());
        send(welcome);
    }

    private void refuse(@Nullable Long id, String why) {
        error(id, new Refusal(Status.UNAUTHORIZED, "LOGIN", why, null));
        socket.close(WebSocket.POLICY, why);
    }

    private void loginOverdue() {
        if (session == null) {
            socket.close(WebSocket.POLICY, "no login in time");
        }
    }

    // Publishing ---------------------------------------------------------------------------------

    private void publish(TalkOrder.Publish order, int bytes) {
        requireOne(order.queue(), order.topic(), order.subject());
        Publishing.Target target =
                order.subject() == null
                        ? Publishing.Target.of(topic(order.queue(), order.topic()))
                        : Publishing.Target.of(
                                session(), namespace, Named.checked("subject: ", order.subject()));
        if ((order.message() == null) == (order.messages() == null)) {
            throw Json.invalid("say message or messages");
        }
        HttpSettings settings = place.settings();
        List<Content> contents =
                order.message() == null
                        ? Contents.all(order.messages(), target.subject(), settings)
                        : List.of(
                                Contents.one(
                                        order.message(), "message: ", target.subject(), settings));
        Publishing.publish(
                session(),
                target,
                contents,
                fate -> {
                    undecided(-bytes);
                    published(order.id(), fate);
                });
        undecided(bytes);
    }

    private void undecided(int more) {
        undecidedBytes += more;
        socket.pause(undecidedBytes > MOST_UNDECIDED_BYTES);
    }

    private void published(@Nullable Long id, Publishing.Fate fate) {
        boolean isStored = fate.status() == Status.OK;
        if (!isStored || id != null) {
            Map<String, @Nullable Object> told = told(isStored ? "published" : "error", id);
            told.putAll(fate.told());
            send(told);
        }
    }

    // Subscribing --------------------------------------------------------------------------------

    private void subscribe(TalkOrder.Subscribe order) {
        long id = required(order.id());
        if (subscriptions.containsKey(id)) {
            throw Json.invalid("id: there is a subscription " + id);
        }
        if (subscriptions.size() == MOST_SUBSCRIPTIONS) {
            throw busy("more than " + MOST_SUBSCRIPTIONS + " subscriptions; unsubscribe first");
        }
        TalkSubscription made = subscription(id, order);
        subscriptions.put(id, made);
        try {
            made.begin().whenComplete((_, failed) -> begun(id, made, failed));
        } catch (RuntimeException refused) {
            begun(id, made, refused);
        }
    }

    private void begun(long id, TalkSubscription made, @Nullable Throwable failed) {
        if (failed == null) {
            if (made.equals(subscriptions.get(id))) { // not unsubscribed meanwhile
                send(told("subscribed", id));
            }
            return;
        }
        made.close(); // some of it may have begun
        if (subscriptions.remove(id, made)) {
            error(id, failed);
        }
    }

    private TalkSubscription subscription(long id, TalkOrder.Subscribe order) {
        requireOne(order.queue(), order.topic(), order.subject());
        boolean isLeased = order.queue() != null || order.subscription() != null;
        requireOnly(order.subscription() == null || order.topic() != null, "subscription");
        requireOnly(order.from() == null || order.topic() != null, "from");
        requireOnly(order.position() == null || (order.topic() != null && !isLeased), "position");
        requireOnly(order.credit() == null || isLeased, "credit");
        requireOnly(order.leaseMs() == null || isLeased, "leaseMs");
        if (order.subject() != null) {
            return new HeardSubscription(
                    this, id, Events.pattern(Named.checked("subject: ", order.subject())));
        }
        TopicName topic = topic(order.queue(), order.topic());
        if (!isLeased) {
            int partitions = Named.partitions(session().definitions(), topic);
            Position position = Position.of(order.position(), order.from(), partitions);
            return new ReadSubscription(this, id, topic, position);
        }
        String name =
                order.subscription() == null
                        ? ""
                        : Named.checked("subscription: ", order.subscription());
        SubscriptionRef from = new SubscriptionRef(topic, name);
        Named.requireSubscribable(session().definitions(), from);
        int credit = (int) Numbers.within("credit", order.credit(), USUAL_CREDIT, 1, MOST_CREDIT);
        requireRoom(credit, 0);
        long leaseMs = Numbers.within("leaseMs", order.leaseMs(), -1, 1, Pulling.MOST_LEASE_MS);
        var spec = new ConsumeSpec(from, false, false, 0, credit, Starts.of(order.from()), null);
        return new LeasedSubscription(this, id, ++lastNumber, spec, leaseMs);
    }

    private static void requireOnly(boolean fits, String name) {
        if (!fits) {
            throw Json.invalid(name + ": not for this");
        }
    }

    /// What may be unsettled at once is bounded.
    private void requireRoom(long credit, long instead) {
        long all = leases().size() + credit - instead;
        for (TalkSubscription each : subscriptions.values()) {
            all += each.credit();
        }
        if (all > Leases.MOST_LEASES) {
            throw busy("more than " + Leases.MOST_LEASES + " leases; settle some first");
        }
    }

    private static BrokerException busy(String why) {
        return new BrokerException(Kind.BUSY, why);
    }

    private void unsubscribe(@Nullable Long said) {
        long id = required(said);
        known(id).close().whenComplete((_, _) -> send(told("unsubscribed", id)));
        subscriptions.remove(id);
    }

    private void credit(@Nullable Long said, @Nullable Long credit) {
        TalkSubscription subscription = known(required(said));
        if (credit == null) {
            throw Json.invalid("credit: how much?");
        }
        int now = (int) Numbers.within("credit", credit, 0, 1, MOST_CREDIT);
        requireRoom(now, subscription.credit());
        subscription.credit(now);
    }

    private TalkSubscription known(long id) {
        TalkSubscription subscription = subscriptions.get(id);
        if (subscription == null) {
            throw new BrokerException(Kind.NOT_FOUND, "no subscription " + id);
        }
        return subscription;
    }

    /// The broker has ended a subscription.
    void over(long id, BrokerException why) {
        if (subscriptions.remove(id) != null) {
            Map<String, @Nullable Object> told = told("ended", null);
            told.put("subscription", id);
            told.putAll(Refusal.told(why).members());
            send(told);
        }
    }

    // Settling -----------------------------------------------------------------------------------

    private void settle(TalkOrder.Settle said) {
        Settling.Order order = said.order();
        Settling.check(order);
        Settling.apply(
                leases(),
                order,
                gone -> {
                    if (said.lease() != null && !gone.isEmpty()) {
                        error(said.id(), Settling.isGone(gone.get(0)));
                    } else if (said.id() != null) {
                        Map<String, @Nullable Object> told = told("settled", said.id());
                        told.putAll(Settling.settled(order, gone));
                        send(told);
                    }
                });
    }

    // What is said in several places -------------------------------------------------------------

    private static void requireOne(
            @Nullable String queue, @Nullable String topic, @Nullable String subject) {
        int said = (queue == null ? 0 : 1) + (topic == null ? 0 : 1) + (subject == null ? 0 : 1);
        if (said != 1) {
            throw Json.invalid("say one of queue, topic and subject");
        }
    }

    private TopicName topic(@Nullable String queue, @Nullable String topic) {
        String name =
                queue == null
                        ? Named.checked("topic: ", Objects.requireNonNull(topic))
                        : Named.checked("queue: ", queue);
        return new TopicName(namespace, name);
    }

    private static long required(@Nullable Long id) {
        if (id == null) {
            throw Json.invalid("id: which one?");
        }
        return id;
    }

    // What the client is told --------------------------------------------------------------------

    private static Map<String, @Nullable Object> told(String op, @Nullable Long id) {
        Map<String, @Nullable Object> told = new LinkedHashMap<>();
        told.put("op", op);
        if (id != null) {
            told.put("id", id);
        }
        return told;
    }

    private void error(@Nullable Long id, Throwable failed) {
        Map<String, @Nullable Object> told = told("error", id);
        told.putAll(Refusal.told(failed).members());
        send(told);
    }

    /// Sends a message of a subscription.
    void message(long subscription, Map<String, @Nullable Object> shown) {
        Map<String, @Nullable Object> told = told("message", null);
        told.put("subscription", subscription);
        told.putAll(shown);
        send(told);
    }

    void missed(long subscription, long count) {
        Map<String, @Nullable Object> told = told("missed", null);
        told.put("subscription", subscription);
        told.put("count", count);
        send(told);
    }

    private void send(Map<String, @Nullable Object> told) {
        socket.send(Json.bytes(told));
    }

    /// Sends a live message, or keeps it until there is room.
    ///
    /// @return whether it goes to the client
    boolean hears(byte[] prefix, Shown.Live message) {
        if (backlog.isEmpty() && socket.isWritable()) {
            socket.send(prefix, message.members());
            return true;
        }
        return !isOver && backlog.add(new Heard(prefix, message));
    }

    @Override
    public void writable() {
        while (!backlog.isEmpty() && socket.isWritable()) {
            Heard next = Objects.requireNonNull(backlog.poll());
            socket.send(next.prefix, next.message.members());
        }
        List.copyOf(subscriptions.values()).forEach(TalkSubscription::writable);
    }

    @Override
    public void ended() {
        isOver = true;
        backlog.clear();
        subscriptions.clear();
    }
}
