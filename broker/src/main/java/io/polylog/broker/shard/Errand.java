package io.polylog.broker.shard;

import io.polylog.broker.Trail.Cause;
import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.RelocateCommand.Relocation;

/// Why messages of a queue go elsewhere.
public sealed interface Errand {
    /// Instead of a cause.
    int RELOCATED = 255;

    /// Before a cause and an error.
    int DIED_OF_ERROR = 254;

    /// They are dead letters.
    ///
    /// @param error what was said of them last, "" for nothing
    record Died(Cause cause, String error) implements Errand {}

    /// An operator sends them on.
    record Sent(Relocation where) implements Errand {}

    /// Inside a cell.
    static void encode(HeadWriter out, Errand errand) {
        switch (errand) {
            case Died(Cause cause, String error) when error.isEmpty() ->
                    out.octet(Cause.ALL.indexOf(cause));
            case Died(Cause cause, String error) ->
                    out.octet(DIED_OF_ERROR).octet(Cause.ALL.indexOf(cause)).text(error);
            case Sent(Relocation where) -> {
                out.octet(RELOCATED);
                where.encode(out);
            }
        }
    }

    static Errand decode(HeadReader in) {
        int said = in.octet();
        return switch (said) {
            case RELOCATED -> new Sent(Relocation.decode(in));
            case DIED_OF_ERROR -> new Died(Cause.ALL.get(in.octet()), in.text());
            default -> new Died(Cause.ALL.get(said), "");
        };
    }
}
