package io.polylog.protocol.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.polylog.broker.BrokerException;
import org.jspecify.annotations.Nullable;

/// What ends a connection: an ERROR frame says so, with a title in its header `message` and the
/// details in its body.
final class StompException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final int MOST_IN_LINE = 256;

    private final String title;

    StompException(String title, String details) {
        super(details, null, false, false);
        this.title = title;
    }

    /// The error for a request that the core did not carry out.
    static StompException of(BrokerException refusal) {
        String title =
                switch (refusal.kind()) {
                    case NOT_FOUND -> "not_found";
                    case LOCKED -> "resource_locked";
                    case DENIED -> "access_refused";
                    case CONFLICT, IN_USE, NOT_EMPTY, INVALID -> "precondition_failed";
                    case DISK_FULL, FULL, BUSY -> "resource_error";
                    case DAMAGED -> "internal_error";
                    case CLOSED -> "connection_forced";
                };
        return new StompException(title, String.valueOf(refusal.getMessage()));
    }

    static StompException invalidHeader(String details) {
        return new StompException("Invalid header", details);
    }

    String title() {
        return title;
    }

    /// All of it in one short line, whatever the client put into it.
    String line() {
        String all = title + ": " + details();
        return all.substring(0, Math.min(all.length(), MOST_IN_LINE)).replaceAll("\\p{Cntrl}", "?");
    }

    String details() {
        return String.valueOf(getMessage());
    }

    /// The frame that says it.
    ///
    /// @param receipt of the frame that caused it, or null
    void write(ByteBuf out, StompVersion version, @Nullable String receipt) {
        StompWriter.command(out, "ERROR");
        StompWriter.header(out, version, "message", title);
        StompWriter.header(out, version, "content-type", "text/plain");
        StompWriter.header(out, version, "version", StompVersion.ALL);
        if (receipt != null) {
            StompWriter.header(out, version, "receipt-id", receipt);
        }
        StompWriter.end(out, details().getBytes(UTF_8));
    }
}
