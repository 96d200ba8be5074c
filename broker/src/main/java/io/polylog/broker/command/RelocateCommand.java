package io.polylog.broker.command;

import io.polylog.broker.Destination;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.SettleCommand.Span;
import java.nio.ByteBuffer;
import java.util.List;

/// Messages leave a queue for elsewhere because an operator says so.
///
/// @param where they go
/// @param settlement which they are
public record RelocateCommand(Relocation where, SettleCommand settlement) {
    public static final int TYPE = 24;
    private static final int VERSION = 1;

    /// What an operator wants.
    ///
    /// @param to where messages go
    /// @param by who says so
    public record Relocation(Destination to, String by) {
        private static final int ORIGIN = 0;
        private static final int VIA = 1;

        /// Also inside a cell.
        public void encode(HeadWriter out) {
            out.text(by);
            switch (to) {
                case Destination.Origin() -> out.octet(ORIGIN);
                case Destination.Via(String exchange, String key) ->
                        out.octet(VIA).text(exchange).text(key);
            }
        }

        public static Relocation decode(HeadReader in) {
            String by = in.text();
            Destination to =
                    in.octet() == ORIGIN
                            ? new Destination.Origin()
                            : new Destination.Via(in.text(), in.text());
            return new Relocation(to, by);
        }
    }

    /// The answer.
    ///
    /// @param count how many are on their way; others were settled or taken meanwhile
    /// @param upTo when everything below this sequence is sent, they are where they go
    public record Relocated(long count, long upTo) {}

    /// Of what was taken for it.
    ///
    /// @param subscription the queue's own
    /// @param epoch in which the shard's leader took them
    public static RelocateCommand of(
            Relocation where, long subscription, long epoch, List<Span> spans) {
        return new RelocateCommand(
                where, new SettleCommand(subscription, epoch, Outcome.MOVED, spans));
    }

    public void encode(HeadWriter out) {
        out.octet(VERSION);
        where.encode(out);
        settlement.encode(out);
    }

    public static RelocateCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "relocate");
        Relocation where = Relocation.decode(new HeadReader(head));
        return new RelocateCommand(where, SettleCommand.decode(head));
    }
}
