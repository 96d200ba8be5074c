package io.polylog.broker.shard;

import io.polylog.broker.Trail.Cause;
import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.RelocateCommand.Relocation;

/// Why messages of a queue go elsewhere.
public sealed interface Errand {
    /// Instead of a cause.
    int RELOCATED = 255;

    /// They are dead letters.
    record Died(Cause cause) implements Errand {}

    /// An operator sends them on.
    record Sent(Relocation where) implements Errand {}

    /// Inside a cell.
    static void encode(HeadWriter out, Errand errand) {
        switch (errand) {
            case Died(Cause cause) -> out.octet(Cause.ALL.indexOf(cause));
            case Sent(Relocation where) -> {
                out.octet(RELOCATED);
                where.encode(out);
            }
        }
    }

    static Errand decode(HeadReader in) {
        int said = in.octet();
        return said == RELOCATED ? new Sent(Relocation.decode(in)) : new Died(Cause.ALL.get(said));
    }
}
