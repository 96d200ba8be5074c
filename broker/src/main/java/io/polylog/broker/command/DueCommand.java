package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Messages of a shard that were hidden until a time become visible, a part of them where they are
/// many.
///
/// @param upToMs the time, in milliseconds since 1970: what is due then or before
/// @param pages most pages of timers to go through for it
public record DueCommand(long upToMs, int pages) {
    public static final int TYPE = 17;

    /// 1 had no `pages` and meant all.
    private static final int VERSION = 2;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(upToMs).number(pages);
    }

    public static DueCommand decode(ByteBuffer head) {
        int version = HeadReader.version(head, VERSION, "due");
        HeadReader in = new HeadReader(head);
        return new DueCommand(in.number(), version == 1 ? Integer.MAX_VALUE : in.integer());
    }
}
