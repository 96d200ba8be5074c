package io.polylog.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The pages that tell the way of a message name classes; a class that was renamed or removed must
/// not go on living there.
class NamedClassesTest {
    /// `Name`, `room/Name` or `Name.Nested` in code font: what begins with a capital is a class.
    private static final Pattern NAMED =
            Pattern.compile("`(?:[a-z0-9./]*/)?([A-Z][A-Za-z0-9]*)(?:\\.[A-Za-z]+)?`");

    private static final Path ROOT = Path.of("..");

    @ParameterizedTest
    @ValueSource(strings = {"ARCHITECTURE.md", "CONTRIBUTING.md"})
    void every_class_a_page_names_is_there(String page) throws IOException {
        assertThat(missing(Files.readString(ROOT.resolve(page)))).isEmpty();
    }

    @Test
    void the_architecture_page_names_the_classes_on_the_way() throws IOException {
        assertThat(named(Files.readString(ROOT.resolve("ARCHITECTURE.md"))))
                .hasSizeGreaterThan(20)
                .contains("Session", "Commit", "Shard", "Recovery");
    }

    @Test
    void a_class_that_is_gone_is_found() throws IOException {
        assertThat(missing("see `broker/Broker` and `NoSuchClass.inner`"))
                .containsExactly("NoSuchClass");
    }

    private static Set<String> missing(String text) throws IOException {
        Set<String> names = named(text);
        names.removeAll(classes());
        return names;
    }

    private static Set<String> named(String text) {
        Matcher matcher = NAMED.matcher(text);
        Set<String> names = new TreeSet<>();
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    /// The simple names of all our classes, tests included.
    private static Set<String> classes() throws IOException {
        Set<String> names = new TreeSet<>();
        for (String module : List.of("broker", "cli", "bench", "interop")) {
            Path sources = ROOT.resolve(module).resolve("src");
            if (Files.isDirectory(sources)) {
                try (Stream<Path> files = Files.walk(sources)) {
                    names.addAll(
                            files.map(f -> f.getFileName().toString())
                                    .filter(f -> f.endsWith(".java"))
                                    .map(f -> f.substring(0, f.length() - 5))
                                    .collect(Collectors.toSet()));
                }
            }
        }
        return names;
    }
}
