package io.polylog.server;

/// A running broker that can keep its promises no more; the message says why.
public final class BrokerFailure extends Exception {
    private static final long serialVersionUID = 1L;

    BrokerFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
