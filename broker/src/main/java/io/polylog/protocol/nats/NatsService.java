package io.polylog.protocol.nats;

import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.PublishListener.Limit;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.message.TopicName;
import io.polylog.security.Principal;
import org.jspecify.annotations.Nullable;

/// Answers requests on subjects of its own within the adapter: what is published on them goes
/// nowhere else. Any thread.
public interface NatsService {
    /// Whether what is published on a subject is a request to it.
    boolean takes(String subject);

    /// Takes a request, once all that its connection published before is decided.
    void take(Request request);

    /// Who answers for what is published on a subject and kept; null where nobody does. Holds until
    /// the definitions change.
    @Nullable Keeper keeper(String namespace, String subject);

    /// Sends an answer to a reply subject.
    void reply(String namespace, String reply, String json);

    /// Tells publishers what became of what they published.
    interface Keeper {
        /// That keeps it.
        TopicName topic();

        /// Whether a message may be stored, and what its headers ask for.
        ///
        /// @param headers as HPUB had them; empty for none
        Admission admit(byte[] headers, int payloadBytes);

        /// The answer to who published; null for none.
        @Nullable String answer(
                Outcome outcome,
                @Nullable Placed placed,
                @Nullable Conflict conflict,
                @Nullable Limit limit);
    }

    /// Whether a message may be stored.
    ///
    /// @param expectation what must hold then, or null
    /// @param replaces what goes when it is
    /// @param refusal the answer where it may not be stored, or null
    record Admission(
            @Nullable Expectation expectation, Replaces replaces, @Nullable String refusal) {
        public static final Admission FREE = new Admission(null, Replaces.NOTHING, null);
    }

    /// What somebody asks.
    ///
    /// @param namespace that the connection is in
    /// @param principal who asks; he may write to the subject
    /// @param message with the subject, perhaps a reply subject, headers and payload
    record Request(String namespace, Principal principal, NatsContent message) {}
}
