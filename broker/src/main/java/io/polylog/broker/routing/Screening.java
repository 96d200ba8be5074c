package io.polylog.broker.routing;

import io.polylog.broker.Filter;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import org.jspecify.annotations.Nullable;

/// Asks what bindings say of one message that is on its way. Used by one thread.
@FunctionalInterface
public interface Screening {
    /// What an earlier binding made of the message.
    ///
    /// @param content what is stored of it
    /// @param metadata what exchanges may route by
    record Shape(Content content, Metadata metadata) {}

    /// What becomes of it on one binding.
    ///
    /// @param fate whether it goes this way
    /// @param shape what it is from here on; null for what was published
    /// @param error why it is rejected, else ""
    record Passed(Fate fate, @Nullable Shape shape, String error) {
        public static final Passed NOT = new Passed(Fate.STOPS, null, "");
    }

    /// What becomes of a message on a binding. Order without meaning.
    enum Fate {
        GOES_ON,
        STOPS,
        /// It could not be told, and the binding says that the message is a dead letter then.
        REJECTED
    }

    /// Asks a binding.
    ///
    /// @param filter what the binding says
    /// @param shape the message as it came there; null for as it was published
    Passed pass(Filter filter, @Nullable Shape shape);
}
