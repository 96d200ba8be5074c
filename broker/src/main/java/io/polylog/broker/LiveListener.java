package io.polylog.broker;

/// Hears what is published on subjects, at most once: nothing is kept for it. Called on its
/// session's loop, in the order of each publisher.
public interface LiveListener {
    /// One message; once, however many patterns fit. What the receiver cannot take now is lost to
    /// it, and it is the listener who counts that.
    void heard(LiveMessage message);

    /// The messages that came together are through: the time to send them.
    void through();
}
