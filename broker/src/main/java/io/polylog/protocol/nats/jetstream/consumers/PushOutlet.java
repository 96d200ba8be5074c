package io.polylog.protocol.nats.jetstream.consumers;

import io.polylog.protocol.nats.jetstream.api.Replies;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Messages go to a subject, as long as somebody listens there and has not too much of them before
/// him. On the home loop.
public final class PushOutlet implements Outlet {
    private static final String SUBJECT = "deliver_subject";

    private final Replies replies;
    private final String namespace;
    private final Supplier<ConsumerConfig> config;
    private final LongSupplier wallMs;
    private final @Nullable FlowControl flow;
    private long quietSinceMs;

    /// Its configuration when its subject was read last, and that.
    private ConsumerConfig known;

    private String subject;

    /// Whether somebody listened there when who listens was as it says.
    private boolean heard;

    private long heardVersion = -1;

    /// Whether something went since the last look.
    private boolean busy;

    /// @param flow lets its listener say how far he is, or null
    PushOutlet(
            Replies replies,
            String namespace,
            Supplier<ConsumerConfig> config,
            LongSupplier wallMs,
            @Nullable FlowControl flow) {
        this.replies = replies;
        this.namespace = namespace;
        this.config = config;
        this.wallMs = wallMs;
        this.flow = flow;
        known = config.get();
        subject = known.text(SUBJECT);
        quietSinceMs = wallMs.getAsLong();
    }

    @SuppressWarnings("ReferenceEquality") // another of the same content is read again, no more
    private String subject() {
        ConsumerConfig now = config.get();
        if (now != known) {
            known = now;
            subject = now.text(SUBJECT);
            heardVersion = -1;
        }
        return subject;
    }

    @Override
    public long wanted() {
        return isUsed() && (flow == null || flow.isOpen()) ? Integer.MAX_VALUE : 0;
    }

    @Override
    public @Nullable String take(long bytes) {
        return wanted() > 0 ? subject() : null;
    }

    @Override
    public void sent(long bytes, LongSupplier pending) {
        busy = true;
        String question = flow == null ? null : flow.sent(bytes);
        if (question != null) {
            replies.status(namespace, subject(), question, "100 FlowControl Request");
        }
    }

    /// The listener has come to where he was asked how far he is.
    ///
    /// @param question the reply subject he was asked with
    void answered(String question) {
        if (flow != null) {
            flow.answered(question);
        }
    }

    @Override
    public void tick(Supplier<String> position) {
        long heartbeatMs = TimeUnit.NANOSECONDS.toMillis(config.get().number("idle_heartbeat"));
        long now = wallMs.getAsLong();
        if (busy) {
            busy = false;
            quietSinceMs = now;
        }
        if (heartbeatMs > 0 && now - quietSinceMs >= heartbeatMs && isUsed()) {
            quietSinceMs = now;
            String stalled =
                    flow == null || flow.isOpen()
                            ? ""
                            : "\r\nNats-Consumer-Stalled: " + flow.question();
            replies.status(namespace, subject(), "100 Idle Heartbeat" + position.get() + stalled);
        }
    }

    @Override
    public boolean isUsed() {
        String where = subject();
        long version = replies.listenersVersion();
        if (version != heardVersion) {
            heard = replies.isHeard(namespace, where);
            heardVersion = version;
        }
        return heard;
    }

    @Override
    public void tell(ObjectNode info) {
        info.put("num_waiting", 0);
        if (isUsed()) {
            info.put("push_bound", true);
        }
    }

    @Override
    public void close() {
        // its listener is told nothing
    }
}
