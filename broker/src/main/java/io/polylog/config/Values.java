package io.polylog.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The values that won, by key. A value that makes no sense is written down as a problem and read
/// as its default, so that one run finds everything that is wrong.
final class Values {
    private final Map<String, Given> given;
    private final List<String> problems;

    Values(Map<String, Given> given, List<String> problems) {
        this.given = given;
        this.problems = problems;
    }

    <T> T of(Setting<T> setting) {
        Given value = given.get(setting.key());
        if (value == null) {
            return setting.kind().parser().parse(setting.fallback());
        }
        try {
            return setting.kind().parser().parse(value.text());
        } catch (IllegalArgumentException nonsense) {
            problem(
                    setting,
                    "must be " + setting.kind().shape() + ", not \"" + value.text() + "\"");
            return setting.kind().parser().parse(setting.fallback());
        }
    }

    /// What was given for a setting that stands for any name, by that name.
    Map<String, String> entries(Setting<?> setting) {
        Map<String, String> entries = new LinkedHashMap<>();
        given.forEach((key, value) -> {
            if (key.startsWith(setting.prefix())) {
                entries.put(key.substring(setting.prefix().length()), value.text());
            }
        });
        return entries;
    }

    boolean isSet(Setting<?> setting) {
        return given.containsKey(setting.key());
    }

    /// Writes down what is wrong with a key's value.
    void problem(Setting<?> setting, String what) {
        problem(setting.key(), what);
    }

    /// As [#problem(Setting,String)], of a key that an open setting stands for.
    void problem(String key, String what) {
        Given value = given.get(key);
        problems.add((value == null ? "default" : value.origin()) + ": " + key + " " + what);
    }
}
