package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Stops serving a subscription, or goes on.
///
/// @param stream its stream
/// @param name its name, "" for a queue's own
/// @param paused whether nobody is given anything from now on
public record PauseCommand(long stream, String name, boolean paused) {
    public static final int TYPE = 25;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).text(name).flag(paused);
    }

    public static PauseCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "pause");
        HeadReader in = new HeadReader(head);
        return new PauseCommand(in.number(), in.text(), in.flag());
    }
}
