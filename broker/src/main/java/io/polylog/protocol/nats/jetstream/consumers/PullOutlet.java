package io.polylog.protocol.nats.jetstream.consumers;

import io.polylog.protocol.nats.jetstream.api.ApiException;
import io.polylog.protocol.nats.jetstream.api.GoDuration;
import io.polylog.protocol.nats.jetstream.api.Replies;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Messages go to who asked for them, one to each in turn. On the home loop.
public final class PullOutlet implements Outlet {
    private final Replies replies;
    private final String namespace;
    private final Supplier<ConsumerConfig> config;
    private final LongSupplier wallMs;
    private final PriorityGroup group;
    private final Load load;
    private final Deque<PullRequest> requests = new ArrayDeque<>();

    /// Who gets the message that is on its way.
    private @Nullable PullRequest taking;

    /// How much there is for those who ask.
    interface Load {
        /// Messages that could be delivered at once.
        long pending();

        /// Messages that are delivered and not acknowledged.
        long unacked();

        /// Who alone got messages is not there any more.
        void unpinned();
    }

    /// @param group says who is next
    PullOutlet(
            Replies replies,
            String namespace,
            Supplier<ConsumerConfig> config,
            LongSupplier wallMs,
            PriorityGroup group,
            Load load) {
        this.replies = replies;
        this.namespace = namespace;
        this.config = config;
        this.wallMs = wallMs;
        this.group = group;
        this.load = load;
    }

    /// Somebody wants messages.
    ///
    /// @param there messages that could be delivered at once
    void ask(byte[] payload, String inbox, long there) {
        PullRequest request;
        try {
            request = PullRequest.read(payload, inbox, wallMs.getAsLong());
        } catch (ApiException bad) {
            status(inbox, "400 Bad Request - " + bad.getMessage());
            return;
        }
        String tooMuch = excess(request);
        String refusal = group.refusal(request);
        if (refusal != null) {
            boolean other = refusal.equals(PriorityGroup.OTHER_PIN);
            status(inbox, other ? request.unfilled(refusal) : refusal);
            return;
        }
        group.came(request);
        if (tooMuch != null) {
            status(inbox, "409 Exceeded " + tooMuch);
        } else if (requests.size() >= config.get().number("max_waiting")) {
            if (!request.hasHeartbeat()) {
                status(inbox, "409 Exceeded MaxWaiting");
            }
        } else if (request.isNoWait()) {
            askNow(request, there);
        } else {
            requests.add(request);
        }
    }

    /// What of a request is more than the consumer grants, or null.
    private @Nullable String excess(PullRequest request) {
        long batch = config.get().number("max_batch");
        long expiresNs = config.get().number("max_expires");
        long bytes = config.get().number("max_bytes");
        if (batch > 0 && request.left() > batch) {
            return "MaxRequestBatch of " + batch;
        }
        if (expiresNs > 0 && request.expiresMs() > TimeUnit.NANOSECONDS.toMillis(expiresNs)) {
            return "MaxRequestExpires of " + GoDuration.text(expiresNs);
        }
        if (bytes > 0 && request.bytesLeft() > bytes) {
            return "MaxRequestMaxBytes of " + bytes;
        }
        return null;
    }

    /// Somebody wants what is there, and does not wait for more.
    private void askNow(PullRequest request, long there) {
        long free = Math.max(0, there - wanted());
        if (there <= 0 && request.expiresMs() == 0) {
            status(request.inbox(), "404 No Messages");
        } else if (there > 0 && free == 0) {
            status(request.inbox(), "408 Requests Pending");
        } else {
            requests.add(request);
        }
    }

    @Override
    public long wanted() {
        if (group.name().isEmpty()) {
            return requests.stream().mapToLong(PullRequest::left).sum();
        }
        long pending = load.pending();
        return requests.stream()
                .filter(each -> group.mayServe(each, pending, load.unacked()))
                .mapToLong(PullRequest::left)
                .sum();
    }

    @Override
    public @Nullable String take(long bytes) {
        PullRequest request = next();
        while (request != null) {
            boolean heard = replies.isHeard(namespace, request.inbox());
            if (heard && request.takes(bytes)) {
                taking = request;
                group.serves(request);
                return request.inbox();
            }
            if (heard) {
                status(request.inbox(), request.unfilled("409 Message Size Exceeds MaxBytes"));
            }
            request = next();
        }
        return null;
    }

    private @Nullable PullRequest next() {
        if (group.name().isEmpty()) {
            return requests.poll();
        }
        PullRequest next = group.next(requests, load.pending(), load.unacked());
        if (next != null) {
            requests.remove(next);
        }
        return next;
    }

    @Override
    public String headers() {
        return group.headers();
    }

    /// Lets somebody else be the one that gets all.
    void unpin() {
        group.unpin();
        for (PullRequest request : List.copyOf(requests)) {
            if (!request.rank().pin().isEmpty()) {
                requests.remove(request);
                status(request.inbox(), request.unfilled(PriorityGroup.OTHER_PIN));
            }
        }
    }

    @Override
    public void sent(long bytes, LongSupplier pending) {
        PullRequest request = taking;
        taking = null;
        if (request == null) {
            return;
        }
        request.took(bytes, wallMs.getAsLong());
        if (request.left() == 0) {
            if (request.isLimited() && request.bytesLeft() > 0) {
                status(request.inbox(), request.unfilled("409 Batch Completed"));
            }
        } else if (request.isNoWait() && pending.getAsLong() == 0) {
            status(request.inbox(), request.unfilled("408 Request Timeout"));
        } else {
            requests.add(request);
        }
    }

    @Override
    public void tick(Supplier<String> position) {
        long now = wallMs.getAsLong();
        if (group.isLost()) {
            unpin();
            load.unpinned();
        }
        for (PullRequest request : List.copyOf(requests)) {
            if (request.isOver(now)) {
                requests.remove(request);
                status(request.inbox(), request.unfilled("408 Request Timeout"));
            } else if (request.isQuiet(now)) {
                if (replies.isHeard(namespace, request.inbox())) {
                    status(request.inbox(), "100 Idle Heartbeat" + position.get());
                } else {
                    requests.remove(request);
                }
            }
        }
    }

    @Override
    public boolean isUsed() {
        return !requests.isEmpty();
    }

    @Override
    public void tell(ObjectNode info) {
        info.put("num_waiting", requests.size());
        group.tell(info);
    }

    @Override
    public void close() {
        requests.forEach(request -> status(request.inbox(), "409 Consumer Deleted"));
        requests.clear();
    }

    private void status(String inbox, String line) {
        replies.status(namespace, inbox, line);
    }
}
