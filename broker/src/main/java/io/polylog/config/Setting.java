package io.polylog.config;

import java.util.Locale;

/// One key.
///
/// @param key its full name, such as `log.segment_size`; one that ends with `.*` stands for any
///   name there
/// @param kind what may stand there
/// @param fallback the value, as text, where nobody says another
/// @param about one line for the reference page
public record Setting<T>(String key, Kind<T> kind, String fallback, String about) {
    public Setting {
        kind.parser().parse(fallback);
    }

    /// The variable that sets it: POLYLOG_ and the key in capitals, anything else as `_`.
    public String variable() {
        return "POLYLOG_" + key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }

    /// Whether it stands for any number of keys: it ends with `.*`.
    boolean isOpen() {
        return key.endsWith(".*");
    }

    /// What the keys begin with that it stands for.
    String prefix() {
        return key.substring(0, key.length() - 1);
    }

    String section() {
        return key.substring(0, key.indexOf('.'));
    }
}
