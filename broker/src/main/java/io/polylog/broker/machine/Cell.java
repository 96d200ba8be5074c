package io.polylog.broker.machine;

import io.polylog.broker.command.HeadWriter;

/// A piece of a machine's state that is saved as a whole: well below 64 KiB. Whoever changes one
/// calls [Cells#touch] first.
public abstract class Cell {
    /// The newest cut that needs nothing more of this cell.
    int savedBy;

    /// Tells the machine how to take it back.
    public abstract int kind();

    public abstract void encode(HeadWriter out);
}
