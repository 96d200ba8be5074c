package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Removes an exchange and every binding from it and to it.
///
/// @param namespace where it lives
/// @param name its name
/// @param ifUnused refused while bindings lead from it
public record DeleteExchangeCommand(String namespace, String name, boolean ifUnused) {
    public static final int TYPE = 105;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).text(namespace).text(name).flag(ifUnused);
    }

    public static DeleteExchangeCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "delete exchange");
        HeadReader in = new HeadReader(head);
        return new DeleteExchangeCommand(in.text(), in.text(), in.flag());
    }
}
