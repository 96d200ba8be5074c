package io.polylog.protocol.nats.jetstream.consumers;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Which messages of its stream a consumer wants, and how many of them are before it. On the home
/// loop.
public interface Matches {
    /// Finds where a consumer begins as its configuration has it; completes when everything that is
    /// stored now is counted.
    ///
    /// @return the offset
    CompletionStage<Long> begin();

    /// As [#begin], from an offset on.
    CompletionStage<@Nullable Void> goOn(long offset);

    /// Whether the consumer wants a message.
    boolean wants(long offset, String subject);

    /// It has got this one, perhaps not for the first time.
    void delivered(long offset);

    /// One past the newest it has got, or where it begins.
    long next();

    /// How many it has not got even once.
    long pending();

    /// Counts anew where messages are gone that were counted; called now and then.
    void check();

    void close();
}
