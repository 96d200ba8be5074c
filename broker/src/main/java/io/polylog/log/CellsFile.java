package io.polylog.log;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import io.polylog.log.LogOpenException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// The file a checkpoint's cells go to: a [FormatHeader], then cell after cell. Little endian:
///
/// ```
///  0  4  length of the content
///  4  4  CRC32C of the bytes 8 to 16 and the content
///  8  4  shard
/// 12  4  kind: 1 a cell of the shard's machine, 2 of ExtentCells
/// 16  .  content
/// ```
final class CellsFile {
    static final String SUFFIX = ".cells";
    static final int HEADER_BYTES = 16;
    static final int LARGEST_CELL = 1 << 20;

    /// A cell of a shard's machine.
    static final int MACHINE = 1;

    /// Part of the index of the segment in which the checkpoint was cut.
    static final int EXTENT = 2;

    private static final int CRC_AT = 4;
    private static final int SHARD_AT = 8;

    private CellsFile() {}

    /// Takes a cell back.
    interface Sink {
        /// One cell.
        ///
        /// @param content belongs to the sink
        void cell(int shard, int kind, ByteBuffer content) throws IOException;
    }

    /// Bytes of a cell with its header.
    static int bytes(ByteBuffer content) {
        return HEADER_BYTES + content.remaining();
    }

    /// Adds a cell at the target's position.
    static void encode(ByteBuffer target, int shard, int kind, ByteBuffer content) {
        int at = target.position();
        int length = content.remaining();
        target.putInt(length).putInt(0).putInt(shard).putInt(kind).put(content.duplicate());
        target.putInt(at + CRC_AT, Crc.of(target, at + SHARD_AT, length + SHARD_AT));
    }

    /// Reads all cells of a file in order.
    ///
    /// @param fileBytes how long it must be
    static void read(Disk disk, Path path, DirectoryId directory, long fileBytes, Sink sink)
            throws IOException {
        try (DiskFile file = disk.open(path, Disk.Open.READ)) {
            ByteBuffer header = ByteBuffer.allocate(FormatHeader.BYTES);
            int _ = file.read(header, 0);
            FormatHeader.check(header.flip(), Format.CELLS, directory, path);
            if (file.sizeBytes() < fileBytes) {
                throw damaged(path, file.sizeBytes());
            }
            Cells cells = new Cells(path, file, fileBytes);
            while (cells.at < fileBytes) {
                cells.next(sink);
            }
        }
    }

    private static LogOpenException damaged(Path path, long at) {
        return new LogOpenException(
                Reason.DAMAGED,
                path
                        + " is damaged at byte "
                        + at
                        + ", the state cannot be rebuilt. Nothing was"
                        + " changed; restore the data directory from a copy");
    }

    /// Reads cells through a window.
    private static final class Cells {
        private final Path path;
        private final DiskFile file;
        private final long end;
        private final CRC32C crc = new CRC32C();
        private final ByteBuffer window =
                ByteBuffer.allocate(2 * LARGEST_CELL).order(ByteOrder.LITTLE_ENDIAN);
        private long at = FormatHeader.BYTES;

        Cells(Path path, DiskFile file, long end) {
            this.path = path;
            this.file = file;
            this.end = end;
            window.limit(0);
        }

        void next(Sink sink) throws IOException {
            need(HEADER_BYTES);
            int start = window.position();
            int length = window.getInt(start);
            if (length < 0 || length > LARGEST_CELL) {
                throw damaged(path, at);
            }
            need(HEADER_BYTES + length);
            start = window.position();
            crc.reset();
            crc.update(window.array(), start + SHARD_AT, length + SHARD_AT);
            if (window.getInt(start + CRC_AT) != (int) crc.getValue()) {
                throw damaged(path, at);
            }
            int shard = window.getInt(start + SHARD_AT);
            int kind = window.getInt(start + SHARD_AT + Integer.BYTES);
            ByteBuffer content = ByteBuffer.allocate(length);
            window.get(start + HEADER_BYTES, content.array());
            window.position(start + HEADER_BYTES + length);
            at += HEADER_BYTES + length;
            sink.cell(shard, kind, content);
        }

        private void need(int bytes) throws IOException {
            if (window.remaining() >= bytes) {
                return;
            }
            window.compact();
            long from = at + window.position();
            int most = (int) Math.min(window.remaining(), end - from);
            window.limit(window.position() + Math.max(0, most));
            int _ = file.read(window, from);
            window.flip();
            if (window.remaining() < bytes) {
                throw damaged(path, at);
            }
        }
    }
}
