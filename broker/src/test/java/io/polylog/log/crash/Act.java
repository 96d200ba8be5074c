package io.polylog.log.crash;

import io.polylog.log.Command;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// One command of the simulation: what it does, and how it is written into a [Command] and read
/// back. The head also says which batch it belongs to and how many commands that has, so that the
/// machine can see a batch that is not whole.
sealed interface Act {
    int HEAD_BYTES = 8 + 4 + 4;

    /// Stores a payload in streams; `refused` ones are logged and stored nowhere, as a command that
    /// apply refuses.
    record Append(List<Long> streams, int span, int payloadBytes, boolean refused) implements Act {}

    /// Moves a stream's floor up; how far is `reach` modulo what there is.
    record Trim(long stream, int reach) implements Act {}

    /// Drops one to four offsets of a stream; which is `reach` modulo what there is.
    record Drop(long stream, int reach) implements Act {}

    /// Deletes a stream; the next append to its name makes another one.
    record Delete(long stream) implements Act {}

    /// Stores nothing and carries some bytes.
    record Note(int bytes) implements Act {}

    /// A decoded head.
    record Placed(long batch, int ordinal, int count, Act act) {}

    default Command encode(long batch, int ordinal, int count) {
        ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES + bodyBytes());
        head.putLong(batch).putInt(ordinal).putInt(count);
        return switch (this) {
            case Append append -> {
                head.putInt(append.streams.size());
                append.streams.forEach(head::putLong);
                head.putInt(append.span).putInt(append.payloadBytes);
                head.put((byte) (append.refused ? 1 : 0));
                ByteBuffer payload = payload(batch, ordinal, append.payloadBytes);
                yield new Command(1, append.span, head.flip(), payload);
            }
            case Trim trim -> Command.of(2, head.putLong(trim.stream).putInt(trim.reach).flip());
            case Drop drop -> Command.of(3, head.putLong(drop.stream).putInt(drop.reach).flip());
            case Delete delete -> Command.of(4, head.putLong(delete.stream).flip());
            case Note note -> {
                head.put(payload(batch, ordinal, note.bytes));
                yield Command.of(5, head.flip());
            }
        };
    }

    private int bodyBytes() {
        return switch (this) {
            case Append append -> 4 + 8 * append.streams.size() + 4 + 4 + 1;
            case Trim trim -> 8 + 4;
            case Drop drop -> 8 + 4;
            case Delete delete -> 8;
            case Note note -> note.bytes;
        };
    }

    static Placed decode(int type, ByteBuffer logged) {
        ByteBuffer head = logged.duplicate();
        long batch = head.getLong();
        int ordinal = head.getInt();
        int count = head.getInt();
        Act act =
                switch (type) {
                    case 1 -> decodeAppend(head);
                    case 2 -> new Trim(head.getLong(), head.getInt());
                    case 3 -> new Drop(head.getLong(), head.getInt());
                    case 4 -> new Delete(head.getLong());
                    case 5 -> decodeNote(head, batch, ordinal);
                    default -> throw new Violation("a command of unknown type " + type);
                };
        return new Placed(batch, ordinal, count, act);
    }

    private static Act decodeAppend(ByteBuffer head) {
        List<Long> streams = new ArrayList<>();
        for (int left = head.getInt(); left > 0; left--) {
            streams.add(head.getLong());
        }
        return new Append(streams, head.getInt(), head.getInt(), head.get() == 1);
    }

    private static Act decodeNote(ByteBuffer head, long batch, int ordinal) {
        int bytes = head.remaining();
        if (!head.equals(payload(batch, ordinal, bytes))) {
            throw new Violation("the head of command " + batch + "." + ordinal + " was changed");
        }
        return new Note(bytes);
    }

    /// The bytes that command carries: no two commands have the same, and they need not be kept.
    static ByteBuffer payload(long batch, int ordinal, int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(batch * 1_000_003 + ordinal).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }
}
