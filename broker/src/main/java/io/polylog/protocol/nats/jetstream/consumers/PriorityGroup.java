package io.polylog.protocol.nats.jetstream.consumers;

import io.polylog.protocol.nats.jetstream.api.Json;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Which of those who wait for a consumer's messages may get one: all in turn, or as the consumer's
/// priority policy has it (ADR-42). On the home loop.
public final class PriorityGroup {
    /// The status for who is not the one any more.
    static final String OTHER_PIN = "423 Nats-Wrong-Pin-Id";

    private static final int MOST_PRIORITY = 9;

    private final Supplier<ConsumerConfig> config;
    private final Supplier<String> ids;
    private final LongSupplier wallMs;

    /// The one that alone gets messages, or "" while there is none.
    private String pin = "";

    private long pinnedMs;
    private long seenMs;

    /// @param ids gives one each time
    PriorityGroup(Supplier<ConsumerConfig> config, Supplier<String> ids, LongSupplier wallMs) {
        this.config = config;
        this.ids = ids;
        this.wallMs = wallMs;
    }

    private boolean is(String policy) {
        return config.get().text("priority_policy").equals(policy);
    }

    private boolean isPinning() {
        return is("pinned_client");
    }

    /// The name of the group, or "" where there is none. Others that a consumer has are the same
    /// one by another name, as to nats-server: there is one pin, told of by the first.
    String name() {
        return config.get().texts("priority_groups").stream().findFirst().orElse("");
    }

    /// Checks what a request says of itself.
    ///
    /// @return a status where it may not be served, or null
    @Nullable String refusal(PullRequest request) {
        PullRequest.Rank rank = request.rank();
        if ((rank.minPending() > 0 || rank.minUnacked() > 0) && !is("overflow")) {
            return "400 Bad Request - Not a Overflow Priority consumer";
        }
        if (!rank.pin().isEmpty() && !isPinning()) {
            return "400 Bad Request - Not a Pinned Client Priority consumer";
        }
        if (rank.priority() < 0 || rank.priority() > MOST_PRIORITY) {
            return "400 Bad Request - Priority must be between 0 and 9";
        }
        List<String> groups = config.get().texts("priority_groups");
        if (groups.isEmpty()) {
            return null;
        }
        if (rank.group().isEmpty()) {
            return "400 Bad Request - Priority Group missing";
        }
        if (!groups.contains(rank.group())) {
            return "400 Bad Request - Invalid Priority Group";
        }
        return rank.pin().isEmpty() || rank.pin().equals(pin) ? null : OTHER_PIN;
    }

    /// A request came that may be served.
    void came(PullRequest request) {
        if (isPinned(request)) {
            seenMs = wallMs.getAsLong();
        }
    }

    private boolean isPinned(PullRequest request) {
        return !pin.isEmpty() && request.rank().pin().equals(pin);
    }

    /// Whether a request may be served now.
    ///
    /// @param pending messages that it could get
    /// @param unacked messages that are delivered and not acknowledged
    boolean mayServe(PullRequest request, long pending, long unacked) {
        if (isPinning()) {
            return pin.isEmpty() ? request.rank().pin().isEmpty() : isPinned(request);
        }
        PullRequest.Rank rank = request.rank();
        boolean always = rank.minPending() <= 0 && rank.minUnacked() <= 0;
        return always
                || (rank.minPending() > 0 && pending >= rank.minPending())
                || (rank.minUnacked() > 0 && unacked >= rank.minUnacked());
    }

    /// The one of those who wait that is next, or null.
    @Nullable PullRequest next(Collection<PullRequest> waiting, long pending, long unacked) {
        Comparator<PullRequest> order =
                is("prioritized")
                        ? Comparator.comparingInt(each -> each.rank().priority())
                        : (_, _) -> 0;
        return waiting.stream()
                .filter(each -> mayServe(each, pending, unacked))
                .min(order)
                .orElse(null);
    }

    /// A request gets a message: where there was nobody else's turn, all are for it from now on.
    void serves(PullRequest request) {
        if (isPinning() && pin.isEmpty()) {
            pin = ids.get();
            pinnedMs = wallMs.getAsLong();
            seenMs = pinnedMs;
            request.pinTo(pin);
        }
    }

    /// Lines of headers that go with a message, or "".
    String headers() {
        return pin.isEmpty() ? "" : "Nats-Pin-Id: " + pin;
    }

    /// Whether the one that alone gets messages has not asked for too long.
    boolean isLost() {
        long timeoutMs = config.get().ms("priority_timeout");
        return !pin.isEmpty() && wallMs.getAsLong() - seenMs > timeoutMs;
    }

    /// Lets somebody else be the one.
    void unpin() {
        pin = "";
    }

    /// Adds what is said of it.
    void tell(ObjectNode info) {
        if (!name().isEmpty()) {
            ObjectNode told = info.putArray("priority_groups").addObject().put("group", name());
            if (!pin.isEmpty()) {
                told.put("pinned_client_id", pin).put("pinned_ts", Json.time(pinnedMs));
            }
        }
    }
}
