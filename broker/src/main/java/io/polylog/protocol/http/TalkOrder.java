package io.polylog.protocol.http;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a client says over a WebSocket; what is left out is null. `docs/websocket.md` has the
/// members.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "op")
@JsonSubTypes({
    @JsonSubTypes.Type(value = TalkOrder.Login.class, name = "login"),
    @JsonSubTypes.Type(value = TalkOrder.Publish.class, name = "publish"),
    @JsonSubTypes.Type(value = TalkOrder.Subscribe.class, name = "subscribe"),
    @JsonSubTypes.Type(value = TalkOrder.Unsubscribe.class, name = "unsubscribe"),
    @JsonSubTypes.Type(value = TalkOrder.Credit.class, name = "credit"),
    @JsonSubTypes.Type(value = TalkOrder.Accept.class, name = "accept"),
    @JsonSubTypes.Type(value = TalkOrder.Release.class, name = "release"),
    @JsonSubTypes.Type(value = TalkOrder.Reject.class, name = "reject"),
    @JsonSubTypes.Type(value = TalkOrder.Renew.class, name = "renew")
})
sealed interface TalkOrder {
    /// By which its answer is known; what has none is answered by errors only.
    @Nullable Long id();

    /// Who it is.
    record Login(@Nullable Long id, @Nullable String user, @Nullable String password)
            implements TalkOrder {}

    /// Publishes.
    ///
    /// @param message one, or null
    /// @param messages several, or null
    record Publish(
            @Nullable Long id,
            @Nullable String queue,
            @Nullable String topic,
            @Nullable String subject,
            @Nullable Said message,
            @Nullable List<@Nullable Said> messages)
            implements TalkOrder {}

    /// Subscribes.
    ///
    /// @param id of the subscription, too
    /// @param from where to begin, as in [Starts]
    /// @param position where to go on, as in [Position]
    /// @param credit messages that may be unsettled at once
    /// @param leaseMs milliseconds to settle each
    record Subscribe(
            @Nullable Long id,
            @Nullable String queue,
            @Nullable String topic,
            @Nullable String subscription,
            @Nullable String subject,
            @Nullable String from,
            @Nullable String position,
            @Nullable Long credit,
            @Nullable Long leaseMs)
            implements TalkOrder {}

    /// Ends a subscription.
    ///
    /// @param id of the subscription
    record Unsubscribe(@Nullable Long id) implements TalkOrder {}

    /// Changes a subscription's credit.
    ///
    /// @param id of the subscription
    /// @param credit as for [Subscribe], from now on
    record Credit(@Nullable Long id, @Nullable Long credit) implements TalkOrder {}

    /// Settles.
    sealed interface Settle extends TalkOrder {
        @Nullable String lease();

        @Nullable List<@Nullable String> leases();

        /// The same as a request says it.
        ///
        /// @throws io.polylog.http.Refusal 400
        Settling.Order order();

        /// All that it names.
        default List<@Nullable String> all() {
            List<@Nullable String> several = leases();
            if ((lease() == null) == (several == null)) {
                throw Json.invalid("say lease or leases");
            }
            List<@Nullable String> all = new ArrayList<>();
            if (several == null) {
                all.add(lease());
            } else {
                all.addAll(several);
            }
            return all;
        }
    }

    /// Dealt with.
    record Accept(
            @Nullable Long id, @Nullable String lease, @Nullable List<@Nullable String> leases)
            implements Settle {
        @Override
        public Settling.Order order() {
            return new Settling.Order(all(), null, null, null);
        }
    }

    /// Back.
    record Release(
            @Nullable Long id,
            @Nullable String lease,
            @Nullable List<@Nullable String> leases,
            @Nullable Long delayMs,
            @Nullable String reason)
            implements Settle {
        @Override
        public Settling.Order order() {
            List<Settling.Release> each =
                    all().stream()
                            .map(name -> new Settling.Release(name, delayMs, reason))
                            .toList();
            return new Settling.Order(null, each, null, null);
        }
    }

    /// Not wanted.
    record Reject(
            @Nullable Long id,
            @Nullable String lease,
            @Nullable List<@Nullable String> leases,
            @Nullable String reason)
            implements Settle {
        @Override
        public Settling.Order order() {
            List<Settling.Reject> each =
                    all().stream().map(name -> new Settling.Reject(name, reason)).toList();
            return new Settling.Order(null, null, each, null);
        }
    }

    /// Still worked on.
    record Renew(@Nullable Long id, @Nullable String lease, @Nullable List<@Nullable String> leases)
            implements Settle {
        @Override
        public Settling.Order order() {
            List<Settling.Renewal> each =
                    all().stream().map(name -> new Settling.Renewal(name, null)).toList();
            return new Settling.Order(null, null, null, each);
        }
    }
}
