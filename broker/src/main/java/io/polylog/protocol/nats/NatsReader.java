package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Makes commands of bytes as they come: what nats-server takes from a client, in the forms in
/// which it takes it (operations in any case, arguments between spaces and tabs). Takes memory only
/// for bytes that arrived. What is malformed is a [NatsException]; nothing can be read after that.
/// Confined to one thread.
final class NatsReader {
    /// Of the arguments of a control line.
    static final int MOST_LINE_BYTES = 4096;

    /// The longest operation, and what stands around its arguments.
    private static final int OPERATION_BYTES = 16;

    /// Digits of a size; more would not fit.
    private static final int MOST_DIGITS = 9;

    private static final int MOST_ARGUMENTS = 4;
    private static final int FIRST_PAYLOAD_BYTES = 64 << 10;
    private static final int END_BYTES = 2;
    private static final short END = 0x0d0a;
    private static final byte[] NOTHING = {};

    private static final byte[] CONNECT = upper("CONNECT");
    private static final byte[] PUB = upper("PUB");
    private static final byte[] HPUB = upper("HPUB");
    private static final byte[] SUB = upper("SUB");
    private static final byte[] UNSUB = upper("UNSUB");
    private static final byte[] PING = upper("PING");
    private static final byte[] PONG = upper("PONG");
    private static final byte[] INFO = upper("INFO");
    private static final byte[] OK = upper("+OK");
    private static final byte[] ERR = upper("-ERR");
    private static final byte[][] ALL = {CONNECT, PUB, HPUB, SUB, UNSUB, PING, PONG, INFO, OK, ERR};

    private final int mostPayloadBytes;
    private byte[] line = new byte[256];
    private int lineBytes;

    // Arguments of the line at hand: where they begin and end.
    private final int[] starts = new int[MOST_ARGUMENTS];
    private final int[] ends = new int[MOST_ARGUMENTS];
    private int arguments;

    // The message whose payload is awaited.
    private boolean inPayload;
    private boolean hasHeaders;
    private boolean hasReply;
    private int headerBytes;
    private int payloadBytes;
    private byte[] payload = NOTHING;
    private int payloadCame;

    /// What a client can want.
    interface Commands {
        /// Whether it takes another command now; else the reader stops where it is.
        boolean takesMore();

        void connect(String json);

        /// A message: the reader says what of, until this returns.
        ///
        /// @param content headers, if any, and payload; to be read to its end
        void publish(NatsReader message, ByteBuf content);

        /// A subscription.
        ///
        /// @param queue the group, or null
        void subscribe(String subject, @Nullable String queue, String sid);

        /// The end of a subscription.
        ///
        /// @param most messages after which it ends, or -1 for now
        void unsubscribe(String sid, int most);

        void ping();

        void pong();
    }

    /// @param mostPayloadBytes of headers and payload together
    NatsReader(int mostPayloadBytes) {
        this.mostPayloadBytes = mostPayloadBytes;
    }

    private static byte[] upper(String word) {
        return word.getBytes(UTF_8);
    }

    /// Reads commands until the bytes are used up or no more is taken.
    void read(ByteBuf in, Commands to) {
        while (in.isReadable() && to.takesMore()) {
            if (inPayload) {
                payload(in, to);
            } else {
                line(in, to);
            }
        }
    }

    // Control lines ------------------------------------------------------------------------------

    private void line(ByteBuf in, Commands to) {
        int from = in.readerIndex();
        int end = in.indexOf(from, in.writerIndex(), (byte) '\n');
        int count = (end < 0 ? in.writerIndex() : end) - from;
        if (lineBytes + count > MOST_LINE_BYTES + OPERATION_BYTES) {
            in.readBytes(line(OPERATION_BYTES), lineBytes, Math.min(count, OPERATION_BYTES));
            requireOperation(lineBytes + Math.min(count, OPERATION_BYTES));
            throw NatsException.told(NatsException.LINE_TOO_LONG);
        }
        in.readBytes(line(count), lineBytes, count);
        lineBytes += count;
        if (end < 0) {
            requireOperation(lineBytes);
            return;
        }
        in.skipBytes(1);
        int length = lineBytes > 0 && line[lineBytes - 1] == '\r' ? lineBytes - 1 : lineBytes;
        lineBytes = 0;
        command(length, to);
    }

    /// The line, with room for more.
    private byte[] line(int more) {
        if (lineBytes + more > line.length) {
            line = Arrays.copyOf(line, Math.max(2 * line.length, lineBytes + more));
        }
        return line;
    }

    /// So that a line of something else does not wait for its end.
    private void requireOperation(int length) {
        for (byte[] operation : ALL) {
            if (begins(operation, Math.min(length, operation.length))) {
                return;
            }
        }
        throw NatsException.told(NatsException.UNKNOWN_OPERATION);
    }

    private boolean begins(byte[] operation, int length) {
        for (int i = 0; i < length; i++) {
            int letter = line[i];
            int capital = letter >= 'a' && letter <= 'z' ? letter - ('a' - 'A') : letter;
            if (capital != operation[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean is(byte[] operation, int length) {
        return length >= operation.length && begins(operation, operation.length);
    }

    /// An operation with arguments behind a space.
    private boolean takes(byte[] operation, int length) {
        return length > operation.length
                && isSpace(line[operation.length])
                && begins(operation, operation.length);
    }

    private static boolean isSpace(byte letter) {
        return letter == ' ' || letter == '\t';
    }

    private void command(int length, Commands to) {
        if (takes(PUB, length)) {
            split(PUB.length, length);
            beginPublish(false);
        } else if (takes(HPUB, length)) {
            split(HPUB.length, length);
            beginPublish(true);
        } else if (is(PING, length)) {
            to.ping();
        } else if (is(PONG, length)) {
            to.pong();
        } else if (takes(SUB, length)) {
            split(SUB.length, length);
            subscribe(to);
        } else if (takes(UNSUB, length)) {
            split(UNSUB.length, length);
            unsubscribe(to);
        } else if (is(CONNECT, length)) {
            requireShort(CONNECT.length, length);
            to.connect(new String(line, CONNECT.length, length - CONNECT.length, UTF_8));
        } else if (takes(ERR, length)) {
            throw NatsException.silent("the client found an error");
        } else if (!is(INFO, length) && !is(OK, length)) {
            throw NatsException.told(NatsException.UNKNOWN_OPERATION);
        }
    }

    private static void requireShort(int from, int to) {
        if (to - from - 1 > MOST_LINE_BYTES) {
            throw NatsException.told(NatsException.LINE_TOO_LONG);
        }
    }

    /// Finds the arguments; counts those that are too many.
    private void split(int from, int to) {
        requireShort(from, to);
        arguments = 0;
        int at = from;
        while (at < to) {
            if (isSpace(line[at])) {
                at++;
                continue;
            }
            int start = at;
            while (at < to && !isSpace(line[at])) {
                at++;
            }
            if (arguments < MOST_ARGUMENTS) {
                starts[arguments] = start;
                ends[arguments] = at;
            }
            arguments++;
        }
    }

    private String text(int argument) {
        return new String(line, starts[argument], ends[argument] - starts[argument], UTF_8);
    }

    /// The number that an argument is, or -1.
    private int number(int argument) {
        int length = ends[argument] - starts[argument];
        int number = 0;
        for (int at = starts[argument]; at < ends[argument]; at++) {
            int digit = line[at] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return length > MOST_DIGITS ? -1 : number;
    }

    private void subscribe(Commands to) {
        switch (arguments) {
            case 2 -> to.subscribe(text(0), null, text(1));
            case 3 -> to.subscribe(text(0), text(1), text(2));
            default -> throw NatsException.silent("SUB with " + arguments + " arguments");
        }
    }

    private void unsubscribe(Commands to) {
        switch (arguments) {
            case 1 -> to.unsubscribe(text(0), -1);
            case 2 -> to.unsubscribe(text(0), number(1));
            default -> throw NatsException.silent("UNSUB with " + arguments + " arguments");
        }
    }

    // Messages -----------------------------------------------------------------------------------

    private void beginPublish(boolean headers) {
        int sizes = headers ? 2 : 1;
        if (arguments != sizes + 1 && arguments != sizes + 2) {
            throw NatsException.silent("a publish with " + arguments + " arguments");
        }
        headerBytes = headers ? number(arguments - 2) : 0;
        payloadBytes = number(arguments - 1);
        if (payloadBytes < 0 || headerBytes < 0 || headerBytes > payloadBytes) {
            throw NatsException.silent("a publish without a good size");
        }
        if (payloadBytes > mostPayloadBytes) {
            throw NatsException.told(NatsException.PAYLOAD_TOO_LARGE);
        }
        hasHeaders = headers;
        hasReply = arguments == sizes + 2;
        inPayload = true;
    }

    private void payload(ByteBuf in, Commands to) {
        if (payloadCame == 0 && in.readableBytes() >= payloadBytes + END_BYTES) {
            if (in.getShort(in.readerIndex() + payloadBytes) != END) {
                throw NatsException.told(NatsException.UNKNOWN_OPERATION);
            }
            inPayload = false;
            to.publish(this, in.readSlice(payloadBytes));
            in.skipBytes(END_BYTES);
            return;
        }
        gather(in);
        int missing = payloadBytes + END_BYTES - payloadCame;
        if (missing == 0) {
            byte[] whole = payload;
            payload = NOTHING;
            payloadCame = 0;
            inPayload = false;
            to.publish(this, Unpooled.wrappedBuffer(whole, 0, payloadBytes));
        }
    }

    private void gather(ByteBuf in) {
        int whole = payloadBytes + END_BYTES;
        int count = Math.min(in.readableBytes(), whole - payloadCame);
        if (payloadCame + count > payload.length) {
            int room = Math.max(FIRST_PAYLOAD_BYTES, Math.max(2 * payload.length, count));
            payload = Arrays.copyOf(payload, Math.min(whole, Math.max(room, payloadCame + count)));
        }
        in.readBytes(payload, payloadCame, count);
        payloadCame += count;
        requireEnd(payloadBytes, '\r');
        requireEnd(payloadBytes + 1, '\n');
    }

    private void requireEnd(int at, char letter) {
        if (payloadCame > at && payload[at] != letter) {
            throw NatsException.told(NatsException.UNKNOWN_OPERATION);
        }
    }

    /// Whether it came with HPUB.
    boolean hasHeaders() {
        return hasHeaders;
    }

    int headerBytes() {
        return headerBytes;
    }

    boolean hasReply() {
        return hasReply;
    }

    /// Whether these are the bytes of the subject.
    boolean isSubject(byte[] bytes) {
        return Arrays.equals(line, starts[0], ends[0], bytes, 0, bytes.length);
    }

    byte[] subject() {
        return Arrays.copyOfRange(line, starts[0], ends[0]);
    }

    int replyLength() {
        return hasReply ? ends[1] - starts[1] : 0;
    }

    /// Copies the reply subject.
    void reply(ByteBuffer to) {
        if (hasReply) {
            to.put(line, starts[1], ends[1] - starts[1]);
        }
    }
}
