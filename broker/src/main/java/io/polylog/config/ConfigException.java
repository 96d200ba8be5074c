package io.polylog.config;

import java.util.List;

/// A configuration that cannot be used. Says everything that is wrong with it, not only the first.
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    ConfigException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /// One line each: where, what, and what to do.
    public List<String> problems() {
        return problems;
    }
}
