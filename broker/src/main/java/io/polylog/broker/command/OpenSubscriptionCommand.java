package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Makes a named subscription of a stream; no effect where it exists.
///
/// @param stream the stream's id
/// @param name the subscription's name
/// @param from the first offset it is owed, brought between the stream's ends when applied; 0 for
///   all there is, [#END] for what comes from now on
public record OpenSubscriptionCommand(long stream, String name, long from) {
    public static final int TYPE = 7;
    public static final long END = Long.MAX_VALUE;

    /// 1 had no `from` and meant the end.
    private static final int VERSION = 2;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).text(name).number(from);
    }

    public static OpenSubscriptionCommand decode(ByteBuffer head) {
        int version = HeadReader.version(head, VERSION, "open subscription");
        HeadReader in = new HeadReader(head);
        return new OpenSubscriptionCommand(
                in.number(), in.text(), version == 1 ? END : in.number());
    }
}
