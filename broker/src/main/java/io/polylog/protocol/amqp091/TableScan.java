package io.polylog.protocol.amqp091;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;

/// Walks over a field table without taking memory: checks its form, so that whoever opens it later
/// can rely on it, and finds the few headers that mean something to the broker.
final class TableScan {
    /// Further routing keys, an array of strings; BCC is taken out before the message is stored.
    static final String CC = "CC";

    static final String BCC = "BCC";

    /// Ordering and compaction key.
    static final String KEY = "x-key";

    /// Milliseconds until it is delivered, where its exchange asks for that.
    static final String DELAY = "x-delay";

    /// Milliseconds until it is delivered, or when, whatever its exchange.
    static final String OUR_DELAY = "x-polylog-delay";

    static final String DELIVER_AT = "x-polylog-deliver-at";

    /// The sender's time in milliseconds, where the timestamp property has only seconds.
    static final String TIMESTAMP_MS = "timestamp_in_ms";

    /// Offset of the newest message of the queue, as its sender takes it to be.
    static final String EXPECTED_LAST_OFFSET = "x-polylog-expected-last-offset";

    /// Offset of the newest message of the same key, as its sender takes it to be.
    static final String EXPECTED_VERSION = "x-polylog-expected-version";

    private static final List<String> NAMES =
            List.of(
                    CC,
                    BCC,
                    KEY,
                    TIMESTAMP_MS,
                    DELAY,
                    OUR_DELAY,
                    DELIVER_AT,
                    EXPECTED_LAST_OFFSET,
                    EXPECTED_VERSION);
    private static final byte[][] NOTABLE =
            NAMES.stream().map(name -> name.getBytes(US_ASCII)).toArray(byte[][]::new);
    private static final int MOST_DEPTH = 32;

    private TableScan() {}

    /// The bit of a name in what [#notable] gives.
    static int bit(String name) {
        return 1 << NAMES.indexOf(name);
    }

    /// Walks a length and a table, which must fill the buffer.
    ///
    /// @return a bit for each notable name among its entries
    /// @throws AmqpException SYNTAX_ERROR if the bytes are no table
    static int notable(ByteBuf in) {
        try {
            int end = skipLength(in, in.writerIndex());
            if (end != in.writerIndex()) {
                throw malformed();
            }
            return entries(in, end, 0);
        } catch (IndexOutOfBoundsException cutShort) {
            throw malformed();
        }
    }

    /// The entries of a table that [#notable] found sound, without those of one name; byte for
    /// byte.
    static byte[] without(ByteBuf in, String name) {
        int end = skipLength(in, in.writerIndex());
        ByteBuf kept = Unpooled.buffer(end);
        while (in.readerIndex() < end) {
            int start = in.readerIndex();
            CharSequence entry = in.readCharSequence(in.readUnsignedByte(), UTF_8);
            value(in, end, 0);
            if (!name.contentEquals(entry)) {
                kept.writeBytes(in, start, in.readerIndex() - start);
            }
        }
        return ByteBufUtil.getBytes(kept);
    }

    private static int entries(ByteBuf in, int end, int depth) {
        int found = 0;
        while (in.readerIndex() < end) {
            int length = in.readUnsignedByte();
            if (depth == 0) {
                found |= match(in, length);
            }
            in.skipBytes(length);
            value(in, end, depth);
        }
        if (in.readerIndex() > end) {
            throw malformed();
        }
        return found;
    }

    private static int match(ByteBuf in, int length) {
        for (int i = 0; i < NOTABLE.length; i++) {
            if (NOTABLE[i].length == length && equal(NOTABLE[i], in)) {
                return 1 << i;
            }
        }
        return 0;
    }

    private static boolean equal(byte[] name, ByteBuf in) {
        int at = in.readerIndex();
        for (int i = 0; i < name.length; i++) {
            if (in.getByte(at + i) != name[i]) {
                return false;
            }
        }
        return true;
    }

    private static void value(ByteBuf in, int end, int depth) {
        byte type = in.readByte();
        switch (type) {
            case 't', 'b', 'B' -> in.skipBytes(1);
            case 's', 'u' -> in.skipBytes(2);
            case 'I', 'i', 'f' -> in.skipBytes(4);
            case 'D' -> in.skipBytes(5);
            case 'l', 'L', 'd', 'T' -> in.skipBytes(8);
            case 'S', 'x' -> in.readerIndex(skipLength(in, end));
            case 'V' -> {}
            case 'A' -> values(in, skipLength(in, end), depth + 1);
            case 'F' -> nested(in, skipLength(in, end), depth + 1);
            default -> throw malformed();
        }
    }

    private static void nested(ByteBuf in, int end, int depth) {
        checkDepth(depth);
        entries(in, end, depth);
    }

    private static void values(ByteBuf in, int end, int depth) {
        checkDepth(depth);
        while (in.readerIndex() < end) {
            value(in, end, depth);
        }
        if (in.readerIndex() > end) {
            throw malformed();
        }
    }

    private static void checkDepth(int depth) {
        if (depth > MOST_DEPTH) {
            throw malformed();
        }
    }

    /// Reads a length and gives where what it measures ends.
    private static int skipLength(ByteBuf in, int outerEnd) {
        long end = in.readUnsignedInt() + in.readerIndex();
        if (end > outerEnd) {
            throw malformed();
        }
        return (int) end;
    }

    private static AmqpException malformed() {
        return AmqpException.of(ReplyCode.SYNTAX_ERROR, "malformed headers table");
    }
}
