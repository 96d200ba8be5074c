package io.polylog.protocol.nats;

/// Why a connection ends: with an -ERR in nats-server's words, or with none where nats-server says
/// none. The words are constants here, as clients compare them.
final class NatsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    static final String UNKNOWN_OPERATION = "Unknown Protocol Operation";
    static final String LINE_TOO_LONG = "maximum control line exceeded";
    static final String PAYLOAD_TOO_LARGE = "Maximum Payload Violation";
    static final String NOT_AUTHORIZED = "Authorization Violation";
    static final String STALE = "Stale Connection";
    static final String SLOW = "Slow Consumer";
    static final String INVALID_SUBJECT = "Invalid Subject";
    static final String INVALID_PUBLISH_SUBJECT = "Invalid Publish Subject";
    static final String TOO_MANY_SUBSCRIPTIONS = "maximum subscriptions exceeded";
    static final String BAD_PROTOCOL = "invalid client protocol";
    static final String NEEDS_HEADERS = "no responders requires headers support";

    private final boolean told;

    private NatsException(String text, boolean told) {
        super(text, null, false, false);
        this.told = told;
    }

    /// An error that the client is told.
    static NatsException told(String text) {
        return new NatsException(text, true);
    }

    /// An error that nats-server closes at without a word.
    static NatsException silent(String text) {
        return new NatsException(text, false);
    }

    String text() {
        return String.valueOf(getMessage());
    }

    boolean isTold() {
        return told;
    }
}
