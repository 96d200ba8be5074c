package io.polylog.broker.command;

import io.polylog.broker.ExchangeSpec;
import java.nio.ByteBuffer;

/// Makes an exchange where there is none of that name.
///
/// @param spec how it is asked for
public record DeclareExchangeCommand(ExchangeSpec spec) {
    public static final int TYPE = 104;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION);
        Specs.encode(out, spec);
    }

    public static DeclareExchangeCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "declare exchange");
        return new DeclareExchangeCommand(Specs.exchange(new HeadReader(head)));
    }
}
