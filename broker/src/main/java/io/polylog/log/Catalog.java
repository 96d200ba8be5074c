package io.polylog.log;

import io.polylog.log.LogOpenException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// The manifest on disk and what it says now. The starting thread, then the background thread; at
/// the end the closing thread.
final class Catalog {
    private final SegmentFiles files;
    private volatile Manifest current;

    private Catalog(SegmentFiles files, Manifest current) {
        this.files = files;
        this.current = current;
    }

    /// Reads the manifest; a directory that never had a segment begins with the first.
    static Catalog open(SegmentFiles files) throws IOException {
        Path path = path(files);
        if (files.disk().exists(path)) {
            Manifest manifest =
                    Manifest.decode(
                            DurableFile.read(files.disk(), path), files.directoryId(), path);
            return new Catalog(files, manifest);
        }
        List<Integer> segments = files.numbers(SegmentFiles.LOG_SUFFIX);
        if (!segments.isEmpty()) {
            throw new LogOpenException(
                    Reason.MISSING,
                    path
                            + " is missing though there are segments. Nothing was changed; restore"
                            + " the data directory from a copy");
        }
        return new Catalog(files, Manifest.first());
    }

    private static Path path(SegmentFiles files) {
        return files.directory().resolve(Manifest.NAME);
    }

    Manifest current() {
        return current;
    }

    /// Replaces the manifest; durable when it returns.
    void replace(Manifest manifest) throws IOException {
        DurableFile.replace(files.disk(), path(files), manifest.encode(files.directoryId()));
        current = manifest;
    }
}
