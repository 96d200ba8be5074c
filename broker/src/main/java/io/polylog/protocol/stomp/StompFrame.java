package io.polylog.protocol.stomp;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One frame from a client.
///
/// @param command as sent
/// @param headers without their escapes
/// @param body the bytes before the NUL
record StompFrame(String command, Headers headers, byte[] body) {

    /// Names and values in their order; of a name that repeats the first counts.
    static final class Headers {
        private final List<String> all = new ArrayList<>(16);

        void add(String name, String value) {
            all.add(name);
            all.add(value);
        }

        int size() {
            return all.size() / 2;
        }

        String name(int index) {
            return all.get(2 * index);
        }

        String value(int index) {
            return all.get(2 * index + 1);
        }

        @Nullable String first(String name) {
            for (int i = 0; i < all.size(); i += 2) {
                if (all.get(i).equals(name)) {
                    return all.get(i + 1);
                }
            }
            return null;
        }
    }

    /// The first header of that name, or null.
    @Nullable String header(String name) {
        return headers.first(name);
    }

    String header(String name, String fallback) {
        String value = headers.first(name);
        return value == null ? fallback : value;
    }

    /// @throws StompException where there is none
    String required(String name) {
        String value = headers.first(name);
        if (value == null) {
            throw new StompException(
                    "Missing header", command + " must include a '" + name + "' header");
        }
        return value;
    }

    boolean isTrue(String name) {
        return "true".equals(headers.first(name));
    }

    /// A header that is a whole number from 0.
    ///
    /// @throws StompException where it is none
    long number(String name, long fallback) {
        String value = headers.first(name);
        if (value == null) {
            return fallback;
        }
        try {
            long number = Long.parseLong(value.strip());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException none) {
            // said below
        }
        throw StompException.invalidHeader("'" + name + "' must be a whole number from 0");
    }

    /// A consumer's priority, which may be below 0.
    int priority() {
        try {
            return Integer.parseInt(header("x-priority", "0").strip());
        } catch (NumberFormatException none) {
            throw StompException.invalidHeader("'x-priority' must be a whole number");
        }
    }

    @Nullable String receipt() {
        return headers.first("receipt");
    }
}
