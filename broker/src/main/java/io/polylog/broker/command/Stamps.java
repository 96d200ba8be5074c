package io.polylog.broker.command;

import io.polylog.broker.Append.ProducerStamp;
import org.jspecify.annotations.Nullable;

/// A producer's stamp inside a head: a flag, then its three fields.
final class Stamps {
    private Stamps() {}

    static void encode(HeadWriter out, @Nullable ProducerStamp stamp) {
        out.flag(stamp != null);
        if (stamp != null) {
            out.number(stamp.id()).number(stamp.epoch()).number(stamp.baseSequence());
        }
    }

    static @Nullable ProducerStamp decode(HeadReader in) {
        return in.flag()
                ? new ProducerStamp(in.number(), (short) in.integer(), in.integer())
                : null;
    }
}
