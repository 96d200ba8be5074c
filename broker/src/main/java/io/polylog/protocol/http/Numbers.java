package io.polylog.protocol.http;

import org.jspecify.annotations.Nullable;

/// Numbers as requests say them. Stateless; any thread.
final class Numbers {
    private Numbers() {}

    /// A number as text, or null where nothing is said.
    ///
    /// @param name of what says it
    /// @throws io.polylog.http.Refusal 400
    static @Nullable Long parsed(String name, @Nullable String said) {
        try {
            return said == null ? null : Long.valueOf(said.strip());
        } catch (NumberFormatException bad) {
            throw Json.invalid(name + ": this is no number: " + said);
        }
    }

    /// A number that has to be in a range.
    ///
    /// @param usual where nothing is said
    /// @throws io.polylog.http.Refusal 400
    static long within(String name, @Nullable Number said, long usual, long least, long most) {
        if (said == null) {
            return usual;
        }
        if (said.longValue() < least || said.longValue() > most) {
            throw Json.invalid(name + ": from " + least + " to " + most + ", not " + said);
        }
        return said.longValue();
    }
}
