package io.polylog.broker.command;

import io.polylog.broker.Interest;
import java.nio.ByteBuffer;

/// Makes a named subscription of a stream; no effect where it exists.
///
/// @param stream the stream's id
/// @param name the subscription's name
/// @param from the first offset it is owed, brought between the stream's ends when applied; 0 for
///   all there is, [#END] for what comes from now on
/// @param interest what it is made for
public record OpenSubscriptionCommand(long stream, String name, long from, Interest interest) {
    public static final int TYPE = 7;
    public static final long END = Long.MAX_VALUE;

    /// 1 had no `from` and meant the end; 2 is written for everything; 3 has a filter alone; 4 has
    /// no rules of handling, and 5 no note: they are written where there are none.
    private static final int VERSION = 6;

    /// For all messages.
    public OpenSubscriptionCommand(long stream, String name, long from) {
        this(stream, name, from, Interest.ALL);
    }

    public void encode(HeadWriter out) {
        int version = version(interest);
        out.octet(version).number(stream).text(name).number(from);
        if (!interest.isAll()) {
            Policies.encode(out, interest);
        }
        if (version >= 5) {
            Policies.encodeHandling(out, interest);
        }
        if (version == VERSION) {
            out.text(interest.note());
        }
    }

    private static int version(Interest interest) {
        if (!interest.note().isEmpty()) {
            return VERSION;
        }
        return interest.isAll() ? 2 : interest.isHandled() ? 5 : 4;
    }

    public static OpenSubscriptionCommand decode(ByteBuffer head) {
        int version = HeadReader.version(head, VERSION, "open subscription");
        HeadReader in = new HeadReader(head);
        return new OpenSubscriptionCommand(
                in.number(), in.text(), version == 1 ? END : in.number(), interest(in, version));
    }

    private static Interest interest(HeadReader in, int version) {
        return switch (version) {
            case 1, 2 -> Interest.ALL;
            case 3 -> Interest.in(Policies.filter(in));
            case 4 -> Policies.interest(in);
            case 5 -> Policies.handled(in, Policies.interest(in));
            default -> Policies.wholeInterest(in);
        };
    }
}
