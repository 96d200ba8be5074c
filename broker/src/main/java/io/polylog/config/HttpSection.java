package io.polylog.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// `[http]`: who may ask over HTTP.
///
/// @param origins whose pages may, as browsers say them; `*` stands for all
public record HttpSection(Set<String> origins) {
    private static final Pattern ORIGIN =
            Pattern.compile("[a-z][a-z0-9+.-]*://(\\[[0-9a-f:.]+]|[^/?#@\\s:\\[]+)(:[0-9]{1,5})?");
    private static final String ALL = "*";

    static final Setting<Set<String>> ORIGINS =
            new Setting<>(
                    "http.origins",
                    new Kind<>(
                            "origins (scheme://host or scheme://host:port) with commas between"
                                    + " them, or \"*\"",
                            HttpSection::origins),
                    "",
                    "Origins whose pages in a browser may use HTTP and its WebSocket. `*`: all,"
                        + " which lets any page ask that somebody here visits. Others may not.");
    static final List<Setting<?>> SETTINGS = List.of(ORIGINS);

    public HttpSection {
        origins = Set.copyOf(origins);
    }

    static HttpSection of(Values values) {
        return new HttpSection(values.of(ORIGINS));
    }

    private static Set<String> origins(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(origin -> !origin.isEmpty())
                .map(origin -> checked(origin.toLowerCase(Locale.ROOT)))
                .collect(Collectors.toUnmodifiableSet());
    }

    private static String checked(String origin) {
        if (!origin.equals(ALL) && !ORIGIN.matcher(origin).matches()) {
            throw new IllegalArgumentException(origin);
        }
        return origin;
    }
}
