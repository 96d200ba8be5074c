package io.polylog.protocol.amqp091;

import io.netty.buffer.ByteBuf;
import io.polylog.protocol.amqp091.AmqpFrame.BasicAck;
import io.polylog.protocol.amqp091.AmqpFrame.BasicNack;
import java.util.Arrays;

/// The publishes of a confirming channel that are not answered yet. Decisions come in any order;
/// answers go out in order of number, each run of equal ones as one frame with `multiple`, so a
/// commit costs a channel one frame. On the connection's loop.
final class ConfirmWindow {
    private static final byte UNDECIDED = 0;
    private static final byte ACCEPTED = 1;
    private static final byte REFUSED = 2;

    private byte[] fates = new byte[64];

    /// The lowest number not answered, and the next to give; they begin at 1.
    private long first = 1;

    private long next = 1;

    /// The number of the next publish.
    long take() {
        if (next - first == fates.length) {
            grow();
        }
        fates[slot(next)] = UNDECIDED;
        return next++;
    }

    void decide(long number, boolean accepted) {
        fates[slot(number)] = accepted ? ACCEPTED : REFUSED;
    }

    private int slot(long number) {
        return (int) number & (fates.length - 1);
    }

    private void grow() {
        byte[] larger = new byte[fates.length * 2];
        for (long number = first; number < next; number++) {
            larger[(int) number & (larger.length - 1)] = fates[slot(number)];
        }
        fates = larger;
    }

    /// Writes the answers to all that is decided without a gap.
    void answer(ByteBuf out, int channel) {
        while (first < next && fates[slot(first)] != UNDECIDED) {
            byte fate = fates[slot(first)];
            long from = first;
            while (first < next && fates[slot(first)] == fate) {
                first++;
            }
            boolean multiple = first - from > 1;
            AmqpWriter.method(
                    out,
                    channel,
                    fate == ACCEPTED
                            ? new BasicAck(first - 1, multiple)
                            : new BasicNack(first - 1, multiple, false));
        }
        if (first == next && fates.length > 4096) {
            fates = Arrays.copyOf(fates, 64);
        }
    }

    /// Whether [#answer] would write something.
    boolean ready() {
        return first < next && fates[slot(first)] != UNDECIDED;
    }
}
