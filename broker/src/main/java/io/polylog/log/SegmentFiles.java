package io.polylog.log;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import io.polylog.log.LogOpenException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The segment files of one data directory: their names, and how they are found and opened.
final class SegmentFiles {
    static final String LOG_SUFFIX = ".log";
    static final String PACKED_SUFFIX = ".pack";
    static final String INDEX_SUFFIX = ".index";

    /// Suffixes of files named by a segment's number.
    static final List<String> NUMBERED = List.of(LOG_SUFFIX, PACKED_SUFFIX, INDEX_SUFFIX);

    private static final int DIGITS = 10;

    private final Disk disk;
    private final Path directory;
    private final DirectoryId id;

    SegmentFiles(Disk disk, Path directory, DirectoryId id) {
        this.disk = disk;
        this.directory = directory;
        this.id = id;
    }

    Disk disk() {
        return disk;
    }

    DirectoryId directoryId() {
        return id;
    }

    Path directory() {
        return directory;
    }

    Path path(int number, SegmentHeader.Kind kind) {
        return switch (kind) {
            case LOG -> directory.resolve(name(number, LOG_SUFFIX));
            case PACKED -> directory.resolve(name(number, PACKED_SUFFIX));
        };
    }

    /// Where a segment is until it is whole.
    Path unfinishedPath(int number, SegmentHeader.Kind kind) {
        Path path = path(number, kind);
        return path.resolveSibling(path.getFileName() + DurableFile.NEW_SUFFIX);
    }

    Path indexPath(int number) {
        return directory.resolve(name(number, INDEX_SUFFIX));
    }

    Path cellsPath(long number) {
        return directory.resolve("%010d".formatted(number) + CellsFile.SUFFIX);
    }

    private static String name(int number, String suffix) {
        return ("%0" + DIGITS + "d").formatted(number) + suffix;
    }

    /// The numbers of the files with this suffix, ascending.
    List<Integer> numbers(String suffix) throws IOException {
        List<Integer> numbers = new ArrayList<>();
        for (String name : disk.list(directory)) {
            number(name, suffix).ifPresent(numbers::add);
        }
        return numbers;
    }

    /// The number in a file's name; empty when it is no such name.
    static Optional<Integer> number(String name, String suffix) {
        if (!name.endsWith(suffix) || name.length() != DIGITS + suffix.length()) {
            return Optional.empty();
        }
        String digits = name.substring(0, DIGITS);
        if (!digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Optional.empty();
        }
        return Optional.of(Integer.parseInt(digits));
    }

    /// Opens an existing segment and checks that header and name agree.
    Segment open(int number, SegmentHeader.Kind kind) throws IOException {
        Path path = path(number, kind);
        SegmentHeader header = readHeader(path);
        if (header.number() != number || header.kind() != kind) {
            throw new LogOpenException(
                    Reason.DAMAGED,
                    "%s says it is segment %d (%s)"
                            .formatted(path, header.number(), header.kind()));
        }
        return new Segment(disk, path, header, null);
    }

    /// Reads and checks the header of a segment file.
    SegmentHeader readHeader(Path path) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(SegmentHeader.BYTES);
        try (DiskFile file = disk.open(path, Disk.Open.READ)) {
            int _ = file.read(buffer, 0);
            SegmentHeader header = SegmentHeader.decode(buffer.flip(), id, path);
            checkLength(path, file.sizeBytes(), header.sizeBytes());
            return header;
        }
    }

    /// A segment has its full size from the beginning: what is missing at its end was cut off
    /// later, and looks like a log that ends there.
    private static void checkLength(Path path, long found, long written) throws LogOpenException {
        if (found < written) {
            throw new LogOpenException(
                    Reason.DAMAGED,
                    "%s has %d bytes where it had %d: it was cut off. Nothing was changed"
                            .formatted(path, found, written));
        }
    }
}
