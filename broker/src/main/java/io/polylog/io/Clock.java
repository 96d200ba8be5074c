package io.polylog.io;

/// Time. Any thread.
public interface Clock {
    /// Milliseconds since 1970; may jump either way.
    long wallMs();

    /// Nanoseconds since some fixed moment; never goes back.
    long nanos();
}
