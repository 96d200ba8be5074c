package io.polylog.architecture;

import io.polylog.architecture.JavaSource.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// The budgets and forbidden words of a source file. A budget has two figures: above the first it
/// warns, above the second it fails.
///
/// A method that is one large switch over the frames of a wire may be longer, when a line `// Long
/// because` with the reason stands in it or right above it.
final class SourceRules {
    private static final Budget FILE = new Budget("lines in the file", 300, 600);
    private static final Budget METHOD = new Budget("lines in the method", 40, 70);
    private static final Budget PARAMETERS = new Budget("parameters", 5, 7);
    private static final Budget NESTING = new Budget("levels of nesting", 3, 4);
    private static final int COLUMNS = 100;

    private static final int CASES_OF_A_TABLE = 10;
    private static final Pattern REASON = Pattern.compile("// Long because (\\S+ ){2,}\\S+");

    /// Words that stand for work left undone, in any file. Written so that they do not match here.
    private static final Pattern UNDONE = Pattern.compile("\\b(TO[D]O|FIX[M]E)\\b");

    /// Folders that exist on one machine only.
    private static final Pattern ONE_MACHINE =
            Pattern.compile("(?<![\\w.*}/])/(?:wor[k]|roo[t]|home/(?!linuxbrew/)\\w+)/[\\w.]");

    private static final Pattern SKIPPED_TEST =
            Pattern.compile("@Disab[l]ed|\\bassum(?:e|ing)(?:True|False|That|NotNull)\\s*\\(");
    private static final Pattern SLEEP =
            Pattern.compile("\\b(?:Thread|(?:TimeUnit\\.)?[A-Z]+SECONDS)\\.sle[e]p\\(");

    private SourceRules() {}

    /// What is wrong with a file.
    ///
    /// @param where path and line
    /// @param what the rule and the figure
    /// @param fails whether it fails the build, or only warns
    record Finding(String where, String what, boolean fails) {
        @Override
        public String toString() {
            return where + ": " + what;
        }
    }

    private record Budget(String what, int warnsAbove, int failsAbove) {
        void check(String where, int count, List<Finding> findings) {
            if (count > warnsAbove) {
                String text =
                        count + " " + what + ", wanted " + warnsAbove + ", allowed " + failsAbove;
                findings.add(new Finding(where, text, count > failsAbove));
            }
        }
    }

    /// Checks any text file of the project: forbidden words and paths.
    static List<Finding> checkText(String path, List<String> lines) {
        var findings = new ArrayList<Finding>();
        forbid(path, lines, UNDONE, "work left undone belongs in an issue", findings);
        forbid(path, lines, ONE_MACHINE, "a path of one machine", findings);
        return findings;
    }

    /// Checks Java files: their text, budgets and tests that do not run.
    ///
    /// @param texts the text of each file by its path
    static List<Finding> checkJava(SequencedMap<String, String> texts) {
        return JavaSource.parse(texts).stream().flatMap(file -> check(file).stream()).toList();
    }

    private static List<Finding> check(JavaSource source) {
        String path = source.path();
        var findings = new ArrayList<>(checkText(path, source.lines()));
        forbid(path, source.lines(), SKIPPED_TEST, "a test that may not run", findings);
        forbid(path, source.lines(), SLEEP, "a sleep: wait for the event instead", findings);
        columns(source, findings);
        FILE.check(path, source.lines().size(), findings);
        for (Method method : source.methods()) {
            String where = path + ":" + method.firstLine() + " " + method.name();
            if (!isExemptFromLength(source, method)) {
                METHOD.check(where, method.length(), findings);
            }
            PARAMETERS.check(where, method.parameters(), findings);
            NESTING.check(where, method.nesting(), findings);
        }
        return findings;
    }

    private static void columns(JavaSource source, List<Finding> findings) {
        for (int i = 0; i < source.lines().size(); i++) {
            String line = source.lines().get(i);
            boolean cannotBreak = line.startsWith("import ") || line.contains("://");
            int width = line.codePointCount(0, line.length());
            if (width > COLUMNS && !cannotBreak) {
                String what = width + " columns, allowed " + COLUMNS;
                findings.add(new Finding(source.path() + ":" + (i + 1), what, true));
            }
        }
    }

    private static boolean isExemptFromLength(JavaSource source, Method method) {
        int from = Math.max(0, method.firstLine() - 2);
        boolean hasReason =
                source.lines().subList(from, method.lastLine()).stream()
                        .anyMatch(line -> REASON.matcher(line).find());
        return hasReason && method.cases() >= CASES_OF_A_TABLE;
    }

    private static void forbid(
            String path, List<String> lines, Pattern word, String why, List<Finding> findings) {
        IntStream.range(0, lines.size())
                .filter(i -> word.matcher(lines.get(i)).find())
                .mapToObj(i -> new Finding(path + ":" + (i + 1), why, true))
                .forEach(findings::add);
    }
}
