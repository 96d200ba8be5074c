package io.polylog.protocol.nats.jetstream.api;

import org.jspecify.annotations.Nullable;

/// What the reply subject of a delivered message says (ADR-15, version 1). Immutable; any thread.
///
/// @param stream it is from
/// @param consumer that delivered it
/// @param deliveries of it so far, from 1
/// @param sequence in the stream
/// @param count of the consumer's deliveries with this one
public record AckSubject(
        String stream, String consumer, long deliveries, long sequence, long count) {
    public static final String PREFIX = "$JS.ACK.";
    private static final int TOKENS = 9;
    private static final int NEWER_TOKENS = 11;

    /// The subject.
    ///
    /// @param timeMs when it was stored
    /// @param pending messages after it
    public String text(long timeMs, long pending) {
        return PREFIX
                + stream
                + "."
                + consumer
                + "."
                + deliveries
                + "."
                + sequence
                + "."
                + count
                + "."
                + timeMs
                + "000000."
                + pending;
    }

    /// Null where it is none. What newer servers put ahead (a domain and an account) is skipped.
    public static @Nullable AckSubject read(String subject) {
        if (!subject.startsWith(PREFIX)) {
            return null;
        }
        String[] tokens = subject.split("\\.", -1);
        int at = tokens.length >= NEWER_TOKENS ? 4 : 2;
        if (tokens.length != TOKENS && tokens.length < NEWER_TOKENS) {
            return null;
        }
        try {
            return new AckSubject(
                    tokens[at],
                    tokens[at + 1],
                    Long.parseLong(tokens[at + 2]),
                    Long.parseLong(tokens[at + 3]),
                    Long.parseLong(tokens[at + 4]));
        } catch (NumberFormatException none) {
            return null;
        }
    }
}
