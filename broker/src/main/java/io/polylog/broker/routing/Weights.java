package io.polylog.broker.routing;

import org.jspecify.annotations.Nullable;

/// The weight that a binding to a [io.polylog.broker.ExchangeSpec.Kind#HASH] exchange has for a
/// key.
public final class Weights {
    public static final int MOST = 10_000;

    private Weights() {}

    /// What is wrong with a key as a weight, or null.
    public static @Nullable String problem(String key) {
        try {
            int weight = Integer.parseInt(key);
            if (weight < 1) {
                return "The binding key must be greater than 0";
            }
            return weight > MOST ? "The binding key must not exceed " + MOST : null;
        } catch (NumberFormatException notWhole) {
            return "The binding key must be an integer: '" + key + "'";
        }
    }

    /// The weight of a binding that was accepted.
    static int of(String key) {
        return Integer.parseInt(key);
    }
}
