package io.polylog.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.architecture.SourceRules.Finding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Holds every source file of every module to the budgets, and each rule to a planted violation.
class SourceRulesTest {
    private final ProjectFiles files = ProjectFiles.locate();

    @Test
    void every_file_keeps_its_budgets_and_says_nothing_forbidden() throws IOException {
        var findings = new ArrayList<Finding>();
        var java = new LinkedHashMap<String, String>();
        for (Path file : files.text()) {
            String name = files.name(file);
            String text = files.read(file);
            if (name.endsWith(".java")) {
                java.put(name, text);
            } else {
                findings.addAll(SourceRules.checkText(name, text.lines().toList()));
            }
        }
        findings.addAll(SourceRules.checkJava(java));

        List<Finding> warnings = findings.stream().filter(finding -> !finding.fails()).toList();
        if (!warnings.isEmpty()) {
            System.out.println(warnings.size() + " over the wanted budget, not yet refused:");
            warnings.forEach(warning -> System.out.println("  " + warning));
        }
        assertThat(findings).filteredOn(Finding::fails).isEmpty();
    }

    @Test
    void every_main_package_says_what_lives_there_and_is_null_marked() throws IOException {
        for (Path folder : files.mainPackages()) {
            String text = files.read(folder.resolve("package-info.java"));

            assertThat(text)
                    .as(files.name(folder))
                    .contains("@NullMarked")
                    .containsPattern("\\w\\.");
        }
    }

    @Test
    void the_project_was_really_read() throws IOException {
        assertThat(files.text())
                .extracting(files::name)
                .contains(
                        "pom.xml",
                        "broker/src/main/java/io/polylog/message/TopicName.java",
                        "broker/src/test/java/io/polylog/architecture/SourceRulesTest.java");
    }

    static Stream<Planted> planted() {
        return Stream.of(
                new Planted("301 lines in the file", "warns", lines(299, "class A {", "}")),
                new Planted("601 lines in the file", "fails", lines(599, "class A {", "}")),
                new Planted(
                        "41 lines in the method", "warns", method(lines(39, "void f() {", "}"))),
                new Planted(
                        "71 lines in the method", "fails", method(lines(69, "void f() {", "}"))),
                new Planted("71 lines in the method", "fails", method(lines(69, "{", "}"))),
                new Planted("6 parameters", "warns", method("void f(" + parameters(6) + ") {}")),
                new Planted("8 parameters", "fails", method("void f(" + parameters(8) + ") {}")),
                new Planted("8 parameters", "fails", method("A(" + parameters(8) + ") {}")),
                new Planted(
                        "8 parameters", "fails", "record A(int x) { A(" + parameters(8) + ") {} }"),
                new Planted("4 levels of nesting", "warns", method("void f() {" + ifs(4) + "}")),
                new Planted("5 levels of nesting", "fails", method("void f() {" + ifs(5) + "}")),
                new Planted("101 columns", "fails", method("//" + "x".repeat(99))),
                new Planted("left undone", "fails", method("// TO" + "DO\n")),
                new Planted("left undone", "fails", method("// FIX" + "ME later\n")),
                new Planted("may not run", "fails", method("@Dis" + "abled void f() {}")),
                new Planted("may not run", "fails", method("void f() { assume" + "True(x); }")),
                new Planted("a sleep", "fails", method("void f() { Thread" + ".sleep(5); }")),
                new Planted("one machine", "fails", method("String s = \"/ro" + "ot/x\";")),
                new Planted("one machine", "fails", method("String s = \"/wo" + "rk/x\";")));
    }

    @ParameterizedTest
    @MethodSource("planted")
    void a_planted_violation_is_caught(Planted planted) {
        assertThat(check(planted.source))
                .filteredOn(finding -> finding.what().contains(planted.what))
                .singleElement()
                .matches(finding -> finding.fails() == planted.outcome.equals("fails"));
    }

    static Stream<String> innocent() {
        return Stream.of(
                lines(298, "class A {", "}"),
                method(lines(38, "void f() {", "}")),
                method("void f(" + parameters(5) + ") {}"),
                method("@Override void f(" + parameters(9) + ") {}"),
                "record A(" + parameters(12) + ") {}",
                "record A(" + parameters(12) + ") { A { f(); } }",
                method("void f() {" + ifs(3) + "}"),
                method("void f() { if (a) {} else if (b) {} else if (c) {}\nelse if (d) {} }"),
                method("//" + "x".repeat(98)),
                method("// See the wor" + "k/root folder, /usr/lib/jvm and TO" + "DOS.\n"));
    }

    @ParameterizedTest
    @MethodSource("innocent")
    void what_keeps_the_rules_is_left_alone(String source) {
        assertThat(check(source)).isEmpty();
    }

    @Test
    void a_long_switch_table_is_allowed_only_with_a_reason() {
        String reason = "// Long because one case is one frame of the specification.\n";

        assertThat(check(table("", 80))).hasSize(1);
        assertThat(check(table("// Long because.\n", 80))).hasSize(1);
        assertThat(check(table(reason, 80))).isEmpty();
    }

    @Test
    void a_reason_does_not_excuse_a_long_method_that_is_no_table() {
        String reason = "// Long because nobody has split it so far.\n";

        assertThat(check(method(reason + lines(80, "void f() {", "}")))).hasSize(1);
    }

    @Test
    void forbidden_words_are_caught_in_other_text_files_too() {
        List<String> lines = List.of("Run it in /wo" + "rk/main.", "Nothing.", "TO" + "DO: more");

        assertThat(SourceRules.checkText("README.md", lines))
                .extracting(Finding::where)
                .containsExactlyInAnyOrder("README.md:1", "README.md:3");
    }

    private static List<Finding> check(String source) {
        return SourceRules.checkJava(new LinkedHashMap<>(Map.of("A.java", source)));
    }

    private static String lines(int count, String first, String last) {
        return first + "\n" + "\n".repeat(count) + last + "\n";
    }

    private static String method(String member) {
        return "class A {\n" + member + "\n}\n";
    }

    private static String parameters(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "int p" + i)
                .collect(Collectors.joining(",\n"));
    }

    private static String ifs(int depth) {
        return "if (a) {".repeat(depth) + "}".repeat(depth);
    }

    private static String table(String reason, int cases) {
        String body =
                IntStream.range(0, cases)
                        .mapToObj(i -> "case " + i + " -> g();\n")
                        .collect(Collectors.joining());
        return method(reason + "void f(int x) {\nswitch (x) {\n" + body + "default -> {}\n}\n}");
    }

    record Planted(String what, String outcome, String source) {
        @Override
        public String toString() {
            return outcome + " on " + what;
        }
    }
}
