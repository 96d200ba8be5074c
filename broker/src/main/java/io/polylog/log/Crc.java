package io.polylog.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// CRC32C of a part of a buffer.
final class Crc {
    private Crc() {}

    /// The checksum of `length` bytes from `at` on; the buffer's position and limit stay.
    static int of(ByteBuffer buffer, int at, int length) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.slice(at, length));
        return (int) crc.getValue();
    }

    /// The same without garbage, for hot paths: moves position and limit of `buffer`.
    static int of(CRC32C crc, ByteBuffer buffer, int at, int length) {
        crc.reset();
        buffer.limit(at + length).position(at);
        crc.update(buffer);
        return (int) crc.getValue();
    }
}
