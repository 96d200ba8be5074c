package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec.HashOn;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// To one target, by a hash of the message: weighted rendezvous. Each target draws a number from
/// the message's hash and its own, exponentially distributed by its weight, and the smallest wins.
/// So a target that comes takes its share from all others, one that goes leaves its share to all
/// others, and nothing else moves. A binding's key is its weight; several to one target add up.
record HashMatcher(HashOn on, PMap<Target, Share> shares) implements Matcher {
    /// A target's part of all hashes.
    ///
    /// @param hash its own
    /// @param weight of all its bindings together
    record Share(long hash, long weight) {}

    private static final double UNIT = 0x1p-53;

    static HashMatcher on(HashOn what) {
        return new HashMatcher(what, HashTreePMap.empty());
    }

    @Override
    public Matcher with(Binding binding, Target target) {
        return plus(target, Weights.of(binding.key()));
    }

    @Override
    public Matcher without(Binding binding, Target target) {
        return plus(target, -Weights.of(binding.key()));
    }

    private HashMatcher plus(Target target, int weight) {
        Share there = shares.getOrDefault(target, new Share(Hashes.of(target.name()), 0));
        Share changed = new Share(there.hash(), there.weight() + weight);
        boolean stays = changed.weight() > 0;
        return new HashMatcher(on, stays ? shares.plus(target, changed) : shares.minus(target));
    }

    @Override
    public boolean byKeysAlone() {
        return on == HashOn.Known.ROUTING_KEY;
    }

    @Override
    public void match(Lookup message, Consumer<Target> sink) {
        if (shares.isEmpty()) {
            return;
        }
        long hash = Hashes.of(hashed(message));
        Target best = null;
        double least = 0;
        for (Map.Entry<Target, Share> entry : shares.entrySet()) {
            Target target = entry.getKey();
            Share share = entry.getValue();
            double drawn = draw(hash ^ share.hash(), share.weight());
            if (best == null || drawn < least || (drawn == least && isBefore(target, best))) {
                best = target;
                least = drawn;
            }
        }
        if (best != null) {
            sink.accept(best);
        }
    }

    private static double draw(long hash, long weight) {
        double uniform = ((Hashes.mixed(hash) >>> 11) + 0.5) * UNIT;
        return -StrictMath.log(uniform) / weight;
    }

    /// A queue and an exchange of one name draw alike.
    private static boolean isBefore(Target target, Target other) {
        return SortedTargets.ORDER.compare(target, other) < 0;
    }

    private String hashed(Lookup message) {
        return switch (on) {
            case HashOn.Known known -> hashed(message, known);
            case HashOn.Header header -> text(message.metadata().headers().get(header.name()));
        };
    }

    private static String hashed(Lookup message, HashOn.Known known) {
        return switch (known) {
            case ROUTING_KEY -> message.keys().getFirst();
            case CORRELATION_ID -> text(message.metadata().properties().correlationId());
            case MESSAGE_ID -> text(message.metadata().properties().messageId());
            case TIMESTAMP -> Long.toString(message.metadata().properties().timestampMs() / 1000);
        };
    }

    private static String text(@Nullable Object value) {
        return switch (value) {
            case null -> "";
            case byte[] bytes -> new String(bytes, StandardCharsets.ISO_8859_1);
            default -> value.toString();
        };
    }
}
