package io.polylog.broker.command;

import io.polylog.log.Command;
import java.nio.ByteBuffer;

/// Changes nothing: its answer says that everything proposed before it was applied.
public final class FenceCommand {
    public static final int TYPE = 12;

    private FenceCommand() {}

    public static Command command() {
        return Command.of(TYPE, ByteBuffer.allocate(0));
    }
}
