package io.polylog.bench;

import java.nio.ByteBuffer;

/// The start of each message of a load: who sent it, which one it is, and when it was due.
///
/// @param run which load it belongs to
/// @param client which publisher
/// @param sequence which of its messages, from 0
/// @param dueNanos when it should have been sent, by this process's clock
record Stamp(long run, int client, long sequence, long dueNanos) {
    static final int BYTES = 28;

    /// A message of the size of `template`, with its filler.
    byte[] onto(byte[] template) {
        byte[] message = template.clone();
        ByteBuffer.wrap(message).putLong(run).putInt(client).putLong(sequence).putLong(dueNanos);
        return message;
    }

    static Stamp of(byte[] message) {
        ByteBuffer bytes = ByteBuffer.wrap(message);
        return new Stamp(bytes.getLong(), bytes.getInt(), bytes.getLong(), bytes.getLong());
    }
}
