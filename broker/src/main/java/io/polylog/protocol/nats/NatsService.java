package io.polylog.protocol.nats;

import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.PublishListener.Limit;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.message.TopicName;
import io.polylog.security.Principal;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
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

        /// What becomes of a message.
        ///
        /// @param message whose content is a [NatsContent]
        Admission admit(Publication message);

        /// The answer to who published; null for none.
        ///
        /// @param problem why the body does not fit, where that is it
        @Nullable String answer(
                Outcome outcome,
                @Nullable Placed placed,
                @Nullable Conflict conflict,
                @Nullable Limit limit,
                @Nullable String problem);
    }

    /// What becomes of a message.
    sealed interface Admission {
        /// It is published, as it came or changed.
        ///
        /// @param copy what others get beside it, or null for nothing
        record Publish(Publication message, @Nullable Publication copy) implements Admission {}

        /// It goes no further.
        ///
        /// @param payload of what its reply subject gets, or null for nothing
        record Answered(@Nullable String payload) implements Admission {}

        /// It is the last of some that are published as one.
        ///
        /// @param answer what its reply subject gets
        record Together(List<Publication> messages, Whole answer) implements Admission {}

        /// Somebody else publishes it.
        ///
        /// @param begin is called once what its connection published before is handed over, and
        ///   gives what the reply subject gets, or null for nothing
        record Elsewhere(Supplier<CompletionStage<@Nullable String>> begin) implements Admission {}
    }

    /// Answers for messages that were published as one.
    @FunctionalInterface
    interface Whole {
        /// The answer to who published the last; null for none.
        ///
        /// @param outcomes null where it failed
        @Nullable String answer(@Nullable Outcomes outcomes, @Nullable Throwable failed);
    }

    /// What somebody asks.
    ///
    /// @param namespace that the connection is in
    /// @param principal who asks; he may write to the subject
    /// @param message with the subject, perhaps a reply subject, headers and payload
    record Request(String namespace, Principal principal, NatsContent message) {}
}
