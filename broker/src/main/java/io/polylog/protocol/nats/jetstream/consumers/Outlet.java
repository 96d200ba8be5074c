package io.polylog.protocol.nats.jetstream.consumers;

import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Where a consumer's messages go. On the home loop.
public interface Outlet {
    /// How many more messages it takes, as far as it knows.
    long wanted();

    /// The subject that a message goes to now; [#sent] follows where it went.
    ///
    /// @param bytes of it, as JetStream counts them
    /// @return null where nobody takes it now
    @Nullable String take(long bytes);

    /// Lines of headers that go with the message that [#take] was asked for, or "".
    default String headers() {
        return "";
    }

    /// A message went where [#take] said.
    ///
    /// @param pending tells how many messages that follow it could be given at once
    void sent(long bytes, LongSupplier pending);

    /// Looks at what is over; called many times a second.
    ///
    /// @param position headers that say how far the consumer is
    void tick(Supplier<String> position);

    /// Whether somebody uses it now.
    boolean isUsed();

    /// Adds to what is said of the consumer.
    void tell(ObjectNode info);

    /// The consumer is gone.
    void close();
}
