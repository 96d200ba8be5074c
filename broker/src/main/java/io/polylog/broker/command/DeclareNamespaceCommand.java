package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Makes a namespace with its built-in exchanges; no effect where it exists.
///
/// @param name its name
public record DeclareNamespaceCommand(String name) {
    public static final int TYPE = 109;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).text(name);
    }

    public static DeclareNamespaceCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "declare namespace");
        return new DeclareNamespaceCommand(new HeadReader(head).text());
    }
}
