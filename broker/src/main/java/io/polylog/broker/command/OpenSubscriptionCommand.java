package io.polylog.broker.command;

import io.polylog.broker.Filter;
import java.nio.ByteBuffer;

/// Makes a named subscription of a stream; no effect where it exists.
///
/// @param stream the stream's id
/// @param name the subscription's name
/// @param from the first offset it is owed, brought between the stream's ends when applied; 0 for
///   all there is, [#END] for what comes from now on
/// @param filter which messages it wants
public record OpenSubscriptionCommand(long stream, String name, long from, Filter filter) {
    public static final int TYPE = 7;
    public static final long END = Long.MAX_VALUE;

    /// 1 had no `from` and meant the end; 2 has no filter, and is written where there is none.
    private static final int VERSION = 3;

    /// Of all messages.
    public OpenSubscriptionCommand(long stream, String name, long from) {
        this(stream, name, from, Filter.NONE);
    }

    public void encode(HeadWriter out) {
        out.octet(filter.isNone() ? 2 : VERSION).number(stream).text(name).number(from);
        if (!filter.isNone()) {
            Policies.encode(out, filter);
        }
    }

    public static OpenSubscriptionCommand decode(ByteBuffer head) {
        int version = HeadReader.version(head, VERSION, "open subscription");
        HeadReader in = new HeadReader(head);
        return new OpenSubscriptionCommand(
                in.number(),
                in.text(),
                version == 1 ? END : in.number(),
                version < VERSION ? Filter.NONE : Policies.filter(in));
    }
}
