package io.polylog.protocol.webhook;

/// How a request ended.
sealed interface Outcome {
    int OK = 200;
    int REDIRECTS = 300;
    int GONE = 410;
    int TOO_MANY = 429;
    int BAD_GATEWAY = 502;
    int UNAVAILABLE = 503;
    int GATEWAY_TIMEOUT = 504;

    /// For people, in one line.
    String told();

    /// Whether nobody is there to answer, or only what stands before the receiver.
    boolean isUnreachable();

    /// The receiver answered.
    ///
    /// @param status of HTTP
    /// @param text what the body begins with, without control characters
    /// @param retryAfterMs when the receiver wants to be asked again, or -1
    record Answered(int status, String text, long retryAfterMs) implements Outcome {
        boolean isAccepted() {
            return status >= OK && status < REDIRECTS;
        }

        /// Whether it asks to be left alone for a time.
        boolean asksToWait() {
            return retryAfterMs >= 0 && (status == TOO_MANY || status == UNAVAILABLE);
        }

        @Override
        public boolean isUnreachable() {
            return status == BAD_GATEWAY || status == UNAVAILABLE || status == GATEWAY_TIMEOUT;
        }

        @Override
        public String told() {
            return "HTTP " + status + (text.isEmpty() ? "" : ": " + text);
        }
    }

    /// There is no answer.
    ///
    /// @param why for people
    record Failed(String why) implements Outcome {
        @Override
        public boolean isUnreachable() {
            return true;
        }

        @Override
        public String told() {
            return why;
        }
    }
}
