package io.polylog.broker.command;

import io.polylog.broker.Binding;
import java.nio.ByteBuffer;

/// Adds a binding, or takes it away; no effect where that is so already.
///
/// @param binding which
/// @param add whether it shall be there
public record BindCommand(Binding binding, boolean add) {
    public static final int TYPE = 106;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION);
        Specs.encode(out, binding);
        out.flag(add);
    }

    public static BindCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "bind");
        HeadReader in = new HeadReader(head);
        return new BindCommand(Specs.binding(in), in.flag());
    }
}
