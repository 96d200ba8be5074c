package io.polylog.broker.filter;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What becomes of a message that a filter was asked about.
public enum Verdict {
    /// It is not for the subscription.
    SKIP,
    /// It is.
    DELIVER,
    /// It is rejected, as if by a consumer.
    DEAD_LETTER;

    /// The one that is called so by who chooses it: `skip`, `deliver`, `dead-letter`; null for
    /// none.
    static @Nullable Verdict named(String name) {
        for (Verdict verdict : values()) {
            if (verdict.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(name)) {
                return verdict;
            }
        }
        return null;
    }
}
