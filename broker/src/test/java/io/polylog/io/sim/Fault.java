package io.polylog.io.sim;

import io.polylog.io.DiskFullException;
import java.io.IOException;

/// How a call of the simulated disk goes wrong.
public enum Fault {
    /// It fails and has done nothing.
    IO_ERROR,
    /// A write fails and has done a part, cut at any sector; any other call as [#IO_ERROR].
    SHORT,
    /// No room: a write has done a part. Only calls that take room fail so; others succeed.
    DISK_FULL,
    /// A sync or durable write of a file fails, the cache forgets what it could not write and the
    /// next sync succeeds, as Linux file systems do it; any other call as [#IO_ERROR].
    LOST_SYNC,
    /// The machine goes down inside the call.
    CRASH;

    IOException exception(String call) {
        return this == DISK_FULL
                ? new DiskFullException("simulated full disk: " + call)
                : new IOException("simulated " + this + ": " + call);
    }
}
