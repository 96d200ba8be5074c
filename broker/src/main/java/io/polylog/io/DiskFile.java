package io.polylog.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/// An open file. Positioned reads are safe from any thread; writes come from one thread at a time.
public interface DiskFile extends Closeable {
    /// Reads into `buffer` from `position` on until it is full or the file ends; returns the bytes
    /// read, or -1 at the end of the file.
    int read(ByteBuffer buffer, long position) throws IOException;

    /// Writes all of `buffer` at `position`, or fails and leaves any part of it written. Fails with
    /// [DiskFullException] where only room was missing.
    void write(ByteBuffer buffer, long position) throws IOException;

    /// Makes everything written before durable. After a failure nothing about the file is known:
    /// never retried.
    void force() throws IOException;

    /// Length in bytes.
    long sizeBytes() throws IOException;

    /// Cuts or extends (with zeros, perhaps sparse) to a length.
    void truncate(long sizeBytes) throws IOException;

    /// What positions, lengths and addresses must be multiples of: 1 unless opened DURABLE.
    int alignmentBytes();
}
