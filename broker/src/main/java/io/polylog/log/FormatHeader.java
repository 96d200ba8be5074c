package io.polylog.log;

import io.polylog.log.LogOpenException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The first 64 bytes of every file the log writes: whose it is, which format in which version, and
/// which data directory it belongs to. Little endian:
///
/// ```
///  0  8  "POLYLOG\n"
///  8 16  format name, ASCII, padded with zeros
/// 24  4  format version
/// 28  4  CRC32C of the bytes 0 to 28 and 32 to 64
/// 32 16  id of the data directory
/// 48 16  zero
/// ```
final class FormatHeader {
    static final int BYTES = 64;

    private static final byte[] MAGIC = "POLYLOG\n".getBytes(StandardCharsets.US_ASCII);
    private static final int NAME_AT = 8;
    private static final int NAME_BYTES = 16;
    private static final int VERSION_AT = 24;
    private static final int CRC_AT = 28;
    private static final int DIRECTORY_AT = 32;

    private FormatHeader() {}

    /// Writes the header at `at`; position and limit stay.
    static void encode(ByteBuffer buffer, int at, Format format, DirectoryId directory) {
        ByteBuffer out = buffer.slice(at, BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.put(MAGIC).put(nameBytes(format)).putInt(format.version()).putInt(0);
        out.putLong(directory.high()).putLong(directory.low()).putLong(0).putLong(0);
        out.putInt(CRC_AT, crc(out));
    }

    /// Checks the header at `at` and gives the directory it belongs to.
    ///
    /// @param file named in the error
    static DirectoryId decode(ByteBuffer buffer, int at, Format format, Object file)
            throws LogOpenException {
        if (buffer.limit() - at < BYTES) {
            throw new LogOpenException(Reason.FOREIGN, file + " is too short to be Polylog's");
        }
        ByteBuffer in = buffer.slice(at, BYTES).order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[MAGIC.length];
        in.get(0, magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new LogOpenException(
                    Reason.FOREIGN, file + " is not Polylog's, or its beginning is destroyed");
        }
        if (in.getInt(CRC_AT) != crc(in)) {
            throw new LogOpenException(
                    Reason.DAMAGED,
                    file + " is damaged: the checksum of its first " + BYTES + " bytes is wrong");
        }
        checkName(in, format, file);
        checkVersion(in.getInt(VERSION_AT), format, file);
        return new DirectoryId(in.getLong(DIRECTORY_AT), in.getLong(DIRECTORY_AT + Long.BYTES));
    }

    /// As [#decode], and refuses a file of another directory.
    static void check(ByteBuffer buffer, Format format, DirectoryId directory, Object file)
            throws LogOpenException {
        DirectoryId found = decode(buffer, 0, format, file);
        if (!found.equals(directory)) {
            throw new LogOpenException(
                    Reason.WRONG_DIRECTORY,
                    "%s belongs to the data directory %s, this one is %s"
                            .formatted(file, found, directory));
        }
    }

    private static void checkName(ByteBuffer in, Format format, Object file)
            throws LogOpenException {
        byte[] name = new byte[NAME_BYTES];
        in.get(NAME_AT, name);
        if (!Arrays.equals(name, nameBytes(format))) {
            String found = new String(name, StandardCharsets.US_ASCII).trim();
            throw new LogOpenException(
                    Reason.FOREIGN,
                    "%s holds the format '%s', not '%s'".formatted(file, found, format.label()));
        }
    }

    private static void checkVersion(int version, Format format, Object file)
            throws LogOpenException {
        if (version > format.version()) {
            throw new LogOpenException(
                    Reason.TOO_NEW,
                    described(version, format, file)
                            + "this one knows up to %d: use a newer one"
                                    .formatted(format.version()));
        }
        if (version < format.oldestVersion()) {
            throw new LogOpenException(
                    Reason.TOO_OLD,
                    described(version, format, file)
                            + "this one reads from %d on: go through an older release first"
                                    .formatted(format.oldestVersion()));
        }
    }

    private static String described(int version, Format format, Object file) {
        return "%s was written by another Polylog, as version %d of the format '%s'; "
                .formatted(file, version, format.label());
    }

    private static byte[] nameBytes(Format format) {
        return Arrays.copyOf(format.label().getBytes(StandardCharsets.US_ASCII), NAME_BYTES);
    }

    private static int crc(ByteBuffer header) {
        return Crc.of(header, 0, CRC_AT) ^ Crc.of(header, DIRECTORY_AT, BYTES - DIRECTORY_AT);
    }
}
