package io.polylog.protocol.nats.jetstream.consumers;

import org.jspecify.annotations.Nullable;

/// How much of what was sent may be before a listener: at half of it he is asked to say when he is
/// there (nats-server's flow control). On the home loop.
public final class FlowControl {
    /// Of the reply subjects he is asked with.
    public static final String PREFIX = "$JS.FC.";

    private static final long FIRST_BYTES = 2 << 20;
    private static final long MOST_BYTES = 32 << 20;

    private final String questions;
    private long asked;
    private long windowBytes = FIRST_BYTES;
    private long outBytes;
    private long askedBytes;
    private @Nullable String question;

    /// @param questions what his reply subjects begin with
    FlowControl(String questions) {
        this.questions = questions;
    }

    boolean isOpen() {
        return outBytes <= windowBytes;
    }

    /// More went to him.
    ///
    /// @return the reply subject to ask him with, or null where he is not asked
    @Nullable String sent(long bytes) {
        outBytes += bytes;
        if (question != null || outBytes <= windowBytes / 2) {
            return null;
        }
        asked++;
        question = questions + asked;
        askedBytes = outBytes;
        return question;
    }

    /// The reply subject he was asked with, or "".
    String question() {
        return question == null ? "" : question;
    }

    /// He has come to a question.
    void answered(String to) {
        if (to.equals(question)) {
            question = null;
            outBytes -= askedBytes;
            windowBytes = Math.min(2 * windowBytes, MOST_BYTES);
        }
    }
}
