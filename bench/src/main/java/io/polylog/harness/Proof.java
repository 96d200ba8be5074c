package io.polylog.harness;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/// What a test message says about itself, so that any mix-up shows in the message alone: another
/// run's data, a buffer used twice, bytes changed, a wrong destination.
///
/// | bytes | what |
/// |---|---|
/// | 4 | magic `PLPF` |
/// | 8 | run |
/// | 4 | producer |
/// | 8 | sequence, from 0 |
/// | 4 | hash of the destination's name |
/// | n | filler, drawn from all the above |
/// | 4 | CRC32C of all before |
///
/// @param run which test run sent it
/// @param producer which producer of the run
/// @param sequence which message of the producer, from 0
/// @param destination where it was sent
public record Proof(long run, int producer, long sequence, String destination) {
    private static final int MAGIC = 0x504C5046;
    private static final int HEADER_BYTES = 28;
    private static final int CRC_BYTES = 4;

    /// The smallest message that can carry a proof.
    public static final int LEAST_BYTES = HEADER_BYTES + CRC_BYTES;

    /// A message that proves nothing, or something else than what was expected.
    public static final class Forged extends Exception {
        private static final long serialVersionUID = 1L;

        Forged(String message) {
            super(message);
        }
    }

    /// The message, `size` bytes long.
    public byte[] encode(int size) {
        if (size < LEAST_BYTES) {
            throw new IllegalArgumentException("a proof takes " + LEAST_BYTES + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate(size);
        bytes.putInt(MAGIC).putLong(run).putInt(producer).putLong(sequence);
        bytes.putInt(destination.hashCode());
        long filler = run * 31 + producer * 17L + sequence;
        while (bytes.remaining() > CRC_BYTES) {
            filler = filler * 6364136223846793005L + 1442695040888963407L;
            bytes.put((byte) (filler >>> 56));
        }
        return bytes.putInt(crc(bytes.array(), size - CRC_BYTES)).array();
    }

    /// Reads a message of `run` that came from `destination`.
    public static Proof decode(byte[] message, long run, String destination) throws Forged {
        ByteBuffer bytes = ByteBuffer.wrap(message);
        if (message.length < LEAST_BYTES || bytes.getInt() != MAGIC) {
            throw new Forged("no proof in " + describe(message));
        }
        if (bytes.getInt(message.length - CRC_BYTES) != crc(message, message.length - CRC_BYTES)) {
            throw new Forged("bytes were changed in " + describe(message));
        }
        Proof proof = new Proof(bytes.getLong(), bytes.getInt(), bytes.getLong(), destination);
        if (proof.run != run) {
            throw new Forged("of run " + proof.run + ", not " + run);
        }
        if (bytes.getInt() != destination.hashCode()) {
            throw new Forged("not for " + destination + ": " + proof);
        }
        return proof;
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static String describe(byte[] message) {
        int shown = Math.min(message.length, 32);
        String start = new String(message, 0, shown, StandardCharsets.ISO_8859_1);
        return message.length + " bytes beginning with \"" + start + "\"";
    }
}
