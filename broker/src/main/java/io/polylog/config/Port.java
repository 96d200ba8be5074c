package io.polylog.config;

/// Where a protocol listens.
public sealed interface Port {
    /// Nowhere.
    record Off() implements Port {}

    /// On a free port that the system chooses; the `ready` line tells which.
    record Auto() implements Port {}

    /// On this port.
    record At(int number) implements Port {}

    /// Reads `0`, `auto` or a number up to 65535.
    static Port parse(String text) {
        if (text.equals("auto")) {
            return new Auto();
        }
        int number = Integer.parseInt(text);
        if (number < 0 || number > 65_535) {
            throw new IllegalArgumentException(text);
        }
        return number == 0 ? new Off() : new At(number);
    }
}
