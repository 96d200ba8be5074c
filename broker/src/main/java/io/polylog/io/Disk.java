package io.polylog.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A file system, reduced to what the log needs. Any thread. The simulated one in the tests loses
/// what was not synced, tears writes and fails on demand.
///
/// Nothing is durable before it was asked for: bytes by [DiskFile#force] or a file opened with
/// [Open#DURABLE], names (create, rename, delete) by [#syncDirectory].
public interface Disk {
    /// Opens a file.
    DiskFile open(Path path, Open how) throws IOException;

    /// Makes a directory and its parents; no effect where it exists. Durable when it returns.
    void createDirectories(Path directory) throws IOException;

    /// The names in a directory, sorted.
    List<String> list(Path directory) throws IOException;

    /// Whether the path names a file or directory.
    boolean exists(Path path);

    /// Renames within a directory, replacing the target.
    void rename(Path from, Path to) throws IOException;

    /// Removes a file; no effect where there is none.
    void delete(Path path) throws IOException;

    /// Makes the directory's entries durable.
    void syncDirectory(Path directory) throws IOException;

    /// Bytes that may still be taken on the file system that holds `path`.
    long freeBytes(Path path) throws IOException;

    /// Takes the lock file for this process. Fails with an IOException that says so when another
    /// process holds it. Released on close or when the process ends.
    AutoCloseable lock(Path file) throws IOException;

    /// How a file is opened.
    enum Open {
        /// Existing file, reading only.
        READ,
        /// Created when missing; reading and writing through the page cache.
        WRITE,
        /// As WRITE, but each write is durable when it returns; the best way the machine has
        /// (direct and synchronous, else synchronous, else write and sync), found by a probe.
        /// Positions, lengths and buffer addresses must be multiples of [DiskFile#alignmentBytes].
        DURABLE
    }
}
