package io.polylog.log;

/// Told once when the log can go on no more: a write or sync failed, or a machine did. Nothing is
/// acknowledged after it. Called on the log's thread; stops the process with the reason.
@FunctionalInterface
public interface FatalHandler {
    void failed(String reason, Throwable cause);
}
