package io.polylog.broker.command;

import io.polylog.broker.Binding;
import java.nio.ByteBuffer;

/// Adds a binding, or takes it away; no effect where that is so already.
///
/// @param binding which
/// @param add whether it shall be there
public record BindCommand(Binding binding, boolean add) {
    public static final int TYPE = 106;

    /// Version 1 has no filter; it is written where there is none.
    private static final int VERSION = 2;

    public void encode(HeadWriter out) {
        boolean plain = binding.filter().isPlain();
        out.octet(plain ? 1 : VERSION);
        Specs.encode(out, binding, !plain);
        out.flag(add);
    }

    public static BindCommand decode(ByteBuffer head) {
        boolean filtered = HeadReader.version(head, VERSION, "bind") == VERSION;
        HeadReader in = new HeadReader(head);
        return new BindCommand(Specs.binding(in, filtered), in.flag());
    }
}
