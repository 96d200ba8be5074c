package io.polylog.broker.command;

import io.polylog.broker.Interest;
import java.nio.ByteBuffer;

/// Changes what a named subscription of a stream is for; what it has settled stays settled.
///
/// @param stream the stream's id
/// @param name the subscription's name
/// @param interest what it is for from now on
public record AlterSubscriptionCommand(long stream, String name, Interest interest) {
    public static final int TYPE = 35;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).text(name);
        Policies.encodeWhole(out, interest);
    }

    public static AlterSubscriptionCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "alter subscription");
        HeadReader in = new HeadReader(head);
        return new AlterSubscriptionCommand(in.number(), in.text(), Policies.wholeInterest(in));
    }
}
