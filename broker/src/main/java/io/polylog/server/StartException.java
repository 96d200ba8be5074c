package io.polylog.server;

import org.jspecify.annotations.Nullable;

/// The broker cannot start. The message is for people: what is wrong and what to do.
public final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    StartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
