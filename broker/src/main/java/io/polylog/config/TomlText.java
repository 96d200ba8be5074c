package io.polylog.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/// One TOML file taken apart into keys and values, each with its place.
final class TomlText {
    private final String file;
    private final KeyNames names;
    private final List<String> problems;
    private final Map<String, Given> values = new LinkedHashMap<>();

    private TomlText(String file, KeyNames names, List<String> problems) {
        this.file = file;
        this.names = names;
        this.problems = problems;
    }

    /// The values of a file by key. What is wrong with it goes to `problems`.
    static Map<String, Given> read(
            String file, String text, KeyNames names, List<String> problems) {
        TomlParseResult parsed = Toml.parse(text);
        TomlText reading = new TomlText(file, names, problems);
        parsed.errors()
                .forEach(e -> problems.add(reading.place(e.position()) + ": " + e.getMessage()));
        if (!parsed.hasErrors()) {
            reading.table(parsed, List.of());
        }
        return reading.values;
    }

    private void table(TomlTable table, List<String> path) {
        for (String name : table.keySet()) {
            List<String> below = new ArrayList<>(path);
            below.add(name);
            String key = String.join(".", below);
            String place = place(table.inputPositionOf(List.of(name)));
            @Nullable Object value = table.get(List.of(name));
            if (value instanceof TomlTable inner && (names.isTable(key) || inner.isEmpty())) {
                table(inner, below);
            } else if (!names.has(key)) {
                problems.add(place + ": " + names.refusal(key));
            } else {
                scalar(key, value, place);
            }
        }
    }

    private void scalar(String key, @Nullable Object value, String place) {
        if (value instanceof String || value instanceof Long || value instanceof Boolean) {
            values.put(key, new Given(value.toString(), place));
        } else {
            problems.add(place + ": " + key + " must be a text, a number, true or false");
        }
    }

    private String place(@Nullable TomlPosition position) {
        return position == null ? file : file + ":" + position.line() + ":" + position.column();
    }
}
