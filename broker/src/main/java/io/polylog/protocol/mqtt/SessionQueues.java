package io.polylog.protocol.mqtt;

import io.polylog.broker.Binding;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The queues that a session gets messages from: its own, where it outlives its connection, and
/// those of shared subscriptions. On the connection's loop.
final class SessionQueues {
    private static final Lifetime DURABLE = new Lifetime(true, false, false, false, false);

    private final ClientSession session;
    private @Nullable TopicName own;

    SessionQueues(ClientSession session) {
        this.session = session;
    }

    TopicName own() {
        return Objects.requireNonNull(own);
    }

    // The session's own --------------------------------------------------------------------------

    CompletionStage<@Nullable Void> bind(Filter filter) {
        return open().thenCompose(_ -> bind(own(), filter));
    }

    CompletionStage<@Nullable Void> unbind(Filter filter) {
        return Stages.end(session.core().unbind(binding(own(), filter)));
    }

    private CompletionStage<@Nullable Void> bind(TopicName queue, Filter filter) {
        return Stages.end(session.core().bind(binding(queue, filter)));
    }

    private Binding binding(TopicName queue, Filter filter) {
        String subjects = session.core().definitions().subjectExchange();
        return new Binding(
                queue.namespace(), subjects, false, queue.name(), filter.pattern(), Map.of());
    }

    /// Makes the queue when it is first needed.
    private CompletionStage<@Nullable Void> open() {
        if (own != null) {
            return Stages.DONE;
        }
        TopicName name = session.key().queue();
        return session.core()
                .declareTopic(durable(name))
                .thenCompose(_ -> session.outgoing().consume(name, null))
                .thenAccept(_ -> own = name);
    }

    private static TopicSpec durable(TopicName name) {
        return new TopicSpec(name, Form.MESSAGES, 1, Retention.QUEUE, DURABLE, Map.of());
    }

    /// Goes on with the queue of an earlier connection. Bindings are made before a filter is
    /// written, so none is missing unless the queue is.
    CompletionStage<@Nullable Void> restore(List<Filter> filters) {
        List<Filter> queued =
                filters.stream()
                        .filter(filter -> filter.qos() > 0)
                        .filter(filter -> !filter.isShared() && !filter.isSystem())
                        .toList();
        TopicName name = session.key().queue();
        boolean there = session.core().definitions().topic(name) != null;
        if (!there && queued.isEmpty()) {
            return Stages.DONE;
        }
        CompletionStage<@Nullable Void> done = open();
        for (Filter filter : there ? List.<Filter>of() : queued) {
            done = done.thenCompose(_ -> bind(name, filter));
        }
        return done;
    }

    // Shared -------------------------------------------------------------------------------------

    CompletionStage<@Nullable Void> share(Filter filter) {
        TopicName queue = SharedGroups.queue(session.key().namespace(), filter);
        session.node().groups().join(queue, session.key());
        return session.core()
                .declareTopic(durable(queue))
                .thenCompose(_ -> bind(queue, filter))
                .thenCompose(_ -> session.outgoing().consume(queue, filter));
    }

    CompletionStage<@Nullable Void> unshare(Filter filter) {
        TopicName queue = SharedGroups.queue(session.key().namespace(), filter);
        return session.outgoing()
                .leave(queue)
                .thenAccept(_ -> {
                    if (session.node().groups().leave(queue, session.key())) {
                        Home home = session.node().home();
                        home.execute(() -> home.delete(queue));
                    }
                });
    }
}
