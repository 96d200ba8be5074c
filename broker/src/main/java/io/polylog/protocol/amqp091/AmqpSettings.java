package io.polylog.protocol.amqp091;

/// What the adapter grants.
///
/// @param maxMessageBytes largest body
/// @param frameMax largest frame, envelope included; a client may ask for less, down to 4096
/// @param channelMax highest channel number; a client may ask for less
/// @param heartbeatSeconds proposed to clients, whose word is the last
/// @param pendingBytes undecided publishes of a connection above which its socket is not read
/// @param pendingMessages likewise, in messages
public record AmqpSettings(
        int maxMessageBytes,
        int frameMax,
        int channelMax,
        int heartbeatSeconds,
        int pendingBytes,
        int pendingMessages) {
    public static final int LEAST_FRAME_MAX = 4096;
    public static final AmqpSettings DEFAULT =
            new AmqpSettings(16 << 20, 128 << 10, 2047, 60, 8 << 20, 20_000);

    public AmqpSettings {
        if (frameMax < LEAST_FRAME_MAX) {
            throw new IllegalArgumentException(
                    "frameMax must be " + LEAST_FRAME_MAX + " or more, not " + frameMax);
        }
        if (channelMax < 1 || channelMax > 0xffff) {
            throw new IllegalArgumentException("channelMax must be 1 to 65535, not " + channelMax);
        }
    }
}
