package io.polylog.protocol.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.message.TopicName;
import io.polylog.protocol.mqtt.MqttFrame.Subscribe;
import io.polylog.protocol.mqtt.MqttFrame.Unsubscribe;
import io.polylog.security.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What a client subscribes to: its filters, and the ways by which it gets what they fit. On the
/// connection's loop.
final class Subscriptions {
    /// Of a queue's name.
    private static final int MOST_NAME_BYTES = 255;

    private final ClientSession session;
    private final MqttConnection connection;
    private final Map<String, Filter> filters = new LinkedHashMap<>(1);
    private final LiveFeed live;
    private final RetainedFeed retained;
    private final SessionQueues queues;
    private List<Filter> listed = List.of();

    /// Of them, those that it does not share.
    private List<Filter> own = List.of();

    Subscriptions(ClientSession session, MqttConnection connection) {
        this.session = session;
        this.connection = connection;
        live = new LiveFeed(session, connection);
        retained = new RetainedFeed(session, connection);
        queues = new SessionQueues(session);
    }

    List<Filter> filters() {
        return listed;
    }

    /// Those that it shares with nobody.
    List<Filter> own() {
        return own;
    }

    private void list() {
        listed = List.copyOf(filters.values());
        own = listed.stream().filter(filter -> !filter.isShared()).toList();
    }

    /// The session's own queue; a durable one has one where a filter has a QoS above 0.
    TopicName ownQueue() {
        return queues.own();
    }

    /// The socket takes more.
    void resume() {
        retained.resume();
    }

    // Subscribing --------------------------------------------------------------------------------

    void subscribe(Subscribe packet) {
        List<Filter> asked = asked(packet);
        Integer[] codes = new Integer[asked.size()];
        List<Filter> fresh = new ArrayList<>(asked.size());
        CompletionStage<@Nullable Void> done = Stages.DONE;
        connection.pause();
        for (int i = 0; i < codes.length; i++) {
            Filter filter = asked.get(i);
            int place = i;
            codes[place] = refusal(filter);
            if (codes[place] == ReasonCode.SUCCESS) {
                done = done.thenCompose(_ -> add(filter, codes, place, fresh));
            }
        }
        done.thenCompose(_ -> session.remember(listed))
                .whenComplete((_, failed) -> {
                    if (failed != null) {
                        connection.broken(failed);
                    } else if (!connection.isEnded()) {
                        answer(packet.packetId(), MqttCodec.SUBACK, Arrays.asList(codes));
                        fresh.forEach(retained::send);
                    }
                });
    }

    private static List<Filter> asked(Subscribe packet) {
        List<Filter> asked = new ArrayList<>(packet.filters().size());
        for (int i = 0; i < packet.filters().size(); i++) {
            Filter filter =
                    Filter.of(
                            packet.filters().get(i), packet.options().get(i), packet.identifier());
            if (filter.isShared() && filter.noLocal()) {
                throw MqttException.protocol("a shared subscription with no local");
            }
            asked.add(filter);
        }
        return asked;
    }

    private int refusal(Filter filter) {
        boolean named =
                !filter.isShared() || filter.filter().getBytes(UTF_8).length <= MOST_NAME_BYTES;
        if (!filter.isSound() || !named) {
            return ReasonCode.FILTER_INVALID;
        }
        if (!filter.isSystem() && !session.may(Operation.READ, filter.pattern())) {
            return ReasonCode.UNSPECIFIED_ERROR; // says nothing of what is there
        }
        boolean full = filters.size() >= session.node().settings().filters();
        return full && !filters.containsKey(filter.filter())
                ? ReasonCode.QUOTA_EXCEEDED
                : ReasonCode.SUCCESS;
    }

    private CompletionStage<@Nullable Void> add(
            Filter filter, Integer[] codes, int place, List<Filter> fresh) {
        boolean isNew = !filters.containsKey(filter.filter());
        return add(filter)
                .handle((_, failed) -> {
                    codes[place] =
                            failed == null ? filter.qos() : code(BrokerException.reason(failed));
                    boolean wanted =
                            filter.retainHandling() == 0 || (filter.retainHandling() == 1 && isNew);
                    if (failed == null && wanted && !filter.isShared() && !filter.isSystem()) {
                        fresh.add(filter);
                    }
                    return null;
                });
    }

    private static int code(Throwable cause) {
        return switch (cause) {
            case BrokerException refused -> MqttMapping.code(refused);
            case MqttException refused -> refused.code;
            default -> ReasonCode.UNSPECIFIED_ERROR;
        };
    }

    /// Its new way first, then the old one goes, where it was there with another QoS.
    private CompletionStage<@Nullable Void> add(Filter filter) {
        Filter before = filters.get(filter.filter());
        boolean same = before != null && !filter.isShared() && isQueued(before) == isQueued(filter);
        boolean marks = filter.qos() == 2 && session.isDurable() && !session.marks().isOpen();
        CompletionStage<@Nullable Void> ready = marks ? session.marks().open() : Stages.DONE;
        return ready.thenCompose(_ -> same ? Stages.DONE : lead(filter))
                .thenCompose(_ -> {
                    filters.put(filter.filter(), filter);
                    list();
                    return before == null || same || filter.isShared()
                            ? Stages.DONE
                            : leave(before);
                });
    }

    /// Whether its messages come by the session's queue.
    private boolean isQueued(Filter filter) {
        return filter.qos() > 0 && session.isDurable();
    }

    private CompletionStage<@Nullable Void> lead(Filter filter) {
        if (filter.isSystem()) {
            session.node().sys().join(session);
        } else if (filter.isShared()) {
            return queues.share(filter);
        } else if (isQueued(filter)) {
            return queues.bind(filter);
        } else {
            live.add(filter);
        }
        return Stages.DONE;
    }

    private CompletionStage<@Nullable Void> leave(Filter filter) {
        if (filter.isSystem()) {
            if (listed.stream().noneMatch(Filter::isSystem)) {
                session.node().sys().leave(session);
            }
        } else if (filter.isShared()) {
            return queues.unshare(filter);
        } else if (isQueued(filter)) {
            return queues.unbind(filter);
        } else {
            live.remove(filter);
        }
        return Stages.DONE;
    }

    private void answer(int packetId, int type, List<Integer> codes) {
        MqttWriter.codes(connection.output().buffer(), connection.version(), type, packetId, codes);
        connection.proceed();
    }

    /// Goes on with what an earlier connection of the session subscribed to.
    CompletionStage<@Nullable Void> restore(List<Filter> before) {
        for (Filter filter : before) {
            filters.put(filter.filter(), filter);
        }
        list();
        CompletionStage<@Nullable Void> done = queues.restore(listed);
        for (Filter filter : before) {
            boolean queued = isQueued(filter) && !filter.isShared() && !filter.isSystem();
            if (!queued) {
                done = done.thenCompose(_ -> lead(filter));
            }
        }
        boolean marks =
                session.core().definitions().topic(session.key().marks()) != null
                        || before.stream().anyMatch(filter -> filter.qos() == 2);
        return done.thenCompose(_ -> marks ? session.marks().open() : Stages.DONE);
    }

    // Unsubscribing ------------------------------------------------------------------------------

    void unsubscribe(Unsubscribe packet) {
        connection.pause();
        List<Integer> codes = new ArrayList<>();
        List<Filter> gone = new ArrayList<>();
        for (String name : packet.filters()) {
            Filter filter = filters.remove(name);
            codes.add(filter == null ? ReasonCode.NO_SUBSCRIPTION_EXISTED : ReasonCode.SUCCESS);
            if (filter != null) {
                gone.add(filter);
            }
        }
        list();
        CompletionStage<@Nullable Void> done = session.remember(listed);
        for (Filter filter : gone) {
            done = done.thenCompose(_ -> leave(filter));
        }
        done.whenComplete((_, failed) -> {
            if (failed != null) {
                connection.broken(failed);
            } else if (!connection.isEnded()) {
                answer(packet.packetId(), MqttCodec.UNSUBACK, codes);
            }
        });
    }
}
