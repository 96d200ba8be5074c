package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Takes producer ids that were never given before.
///
/// @param count how many
public record AllocateProducersCommand(int count) {
    public static final int TYPE = 107;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(count);
    }

    public static AllocateProducersCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "allocate producers");
        return new AllocateProducersCommand(new HeadReader(head).integer());
    }
}
