package io.polylog.protocol.stomp;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The versions of the protocol, oldest first.
enum StompVersion {
    V1_0("1.0"),
    V1_1("1.1"),
    V1_2("1.2");

    static final String ALL = "1.0,1.1,1.2";

    final String text;

    StompVersion(String text) {
        this.text = text;
    }

    /// The newest that both speak, or null.
    ///
    /// @param accepted a list with commas; null from clients of 1.0, which do not say
    static @Nullable StompVersion common(@Nullable String accepted) {
        List<String> theirs = accepted == null ? List.of("1.0") : List.of(accepted.split(","));
        StompVersion common = null;
        for (StompVersion version : values()) {
            if (theirs.stream().map(String::strip).anyMatch(version.text::equals)) {
                common = version;
            }
        }
        return common;
    }

    /// Whether headers are escaped, and so may hold any character.
    boolean escapes() {
        return this != V1_0;
    }
}
