package io.polylog.protocol.nats;

/// What went over one connection so far. Messages count with their headers, without the lines of
/// the protocol. On the loop.
final class Traffic {
    private long messagesIn;
    private long bytesIn;
    private long messagesOut;
    private long bytesOut;

    void came(int bytes) {
        messagesIn++;
        bytesIn += bytes;
    }

    void went(int bytes) {
        messagesOut++;
        bytesOut += bytes;
    }

    Sums sums() {
        return new Sums(messagesIn, bytesIn, messagesOut, bytesOut);
    }

    /// Of one connection or of several.
    record Sums(long messagesIn, long bytesIn, long messagesOut, long bytesOut) {
        static final Sums NONE = new Sums(0, 0, 0, 0);

        Sums plus(Sums more) {
            return new Sums(
                    messagesIn + more.messagesIn,
                    bytesIn + more.bytesIn,
                    messagesOut + more.messagesOut,
                    bytesOut + more.bytesOut);
        }
    }
}
