package io.polylog.broker.filter;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelSourceLocation;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.common.types.CelType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.CelStandardFunctions;
import dev.cel.runtime.CelStandardFunctions.StandardFunction;
import io.polylog.broker.BrokerException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The language CEL as it may be used here: what an expression may name, and what keeps each within
/// bounds. What could grow faster than its text and its message is left out: `map` and `filter`,
/// lists of anything but constants, maps. Any thread.
final class CelText {
    private static final int MOST_CHARS = 4_096;
    private static final int MOST_DEPTH = 32;
    private static final int MOST_NODES = 1_000;
    private static final int MOST_ITERATIONS = 10_000;

    /// Steps of one search in a text.
    private static final long MOST_STEPS = 4 << 20;

    private static final int MOST_PATTERN_CHARS = 256;
    private static final int MOST_PATTERNS_KEPT = 1_000;

    private static final CelOptions OPTIONS =
            CelOptions.current()
                    .enableHeterogeneousNumericComparisons(true)
                    .maxExpressionCodePointSize(MOST_CHARS)
                    .maxParseRecursionDepth(MOST_DEPTH)
                    .maxParseExpressionNodeCount(MOST_NODES)
                    .comprehensionMaxIterations(MOST_ITERATIONS)
                    .build();

    private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();

    private static final CelRuntime RUNTIME =
            CelRuntimeFactory.plannerRuntimeBuilder()
                    .setOptions(OPTIONS)
                    .setStandardFunctions(
                            CelStandardFunctions.newBuilder()
                                    .excludeFunctions(
                                            StandardFunction.CONTAINS, StandardFunction.MATCHES)
                                    .build())
                    .addFunctionBindings(
                            CelFunctionBinding.fromOverloads(
                                    "contains",
                                    CelFunctionBinding.from(
                                            "contains_string",
                                            String.class,
                                            String.class,
                                            CelText::contains)))
                    .addFunctionBindings(
                            CelFunctionBinding.fromOverloads(
                                    "matches",
                                    CelFunctionBinding.from(
                                            "matches",
                                            String.class,
                                            String.class,
                                            CelText::matches),
                                    CelFunctionBinding.from(
                                            "matches_string",
                                            String.class,
                                            String.class,
                                            CelText::matches)))
                    .build();

    private CelText() {}

    /// Compiles an expression.
    ///
    /// @param of what it is part of, as errors name it
    /// @param whole the text that has it at its end, as errors count places
    /// @param from where in it the expression begins
    /// @param wanted what it must give
    /// @throws BrokerException INVALID where it is none, saying where
    static CelExpression compile(String of, String whole, int from, CelType wanted) {
        String text = whole.substring(from);
        CelValidationResult result = compiler(wanted).compile(text);
        if (result.hasError()) {
            List<CelIssue> errors = result.getErrors();
            CelIssue first = errors.getFirst();
            throw refused(of, first.getSourceLocation(), from, first.getMessage());
        }
        try {
            CelAbstractSyntaxTree tree = result.getAst();
            CelNavigableAst.fromAst(tree)
                    .getRoot()
                    .allNodes()
                    .forEach(node -> check(of, tree, node.expr(), from));
            return new CelExpression(RUNTIME.createProgram(tree));
        } catch (CelValidationException | CelEvaluationException wrong) {
            throw refused(of, CelSourceLocation.of(1, 0), from, String.valueOf(wrong.getMessage()));
        }
    }

    private static CelCompiler compiler(CelType wanted) {
        return CelCompilerFactory.standardCelCompilerBuilder()
                .setOptions(OPTIONS)
                .setStandardMacros(
                        CelStandardMacro.HAS,
                        CelStandardMacro.ALL,
                        CelStandardMacro.EXISTS,
                        CelStandardMacro.EXISTS_ONE)
                .addVar(CelFields.SUBJECT, SimpleType.STRING)
                .addVar(CelFields.KEY, SimpleType.STRING)
                .addVar(CelFields.HEADERS, MapType.create(SimpleType.STRING, SimpleType.DYN))
                .addVar(CelFields.CONTENT_TYPE, SimpleType.STRING)
                .addVar(CelFields.MESSAGE_ID, SimpleType.STRING)
                .addVar(CelFields.CORRELATION_ID, SimpleType.STRING)
                .addVar(CelFields.TYPE, SimpleType.STRING)
                .addVar(CelFields.PRIORITY, SimpleType.INT)
                .addVar(CelFields.TIMESTAMP_MS, SimpleType.INT)
                .addVar(CelFields.BODY, SimpleType.STRING)
                .addVar(CelFields.JSON, SimpleType.DYN)
                .setResultType(wanted)
                .build();
    }

    private static void check(String of, CelAbstractSyntaxTree tree, CelExpr expression, int from) {
        boolean list = expression.getKind() == Kind.LIST;
        List<CelExpr> elements = list ? expression.list().elements() : List.of();
        boolean built = elements.stream().anyMatch(each -> each.getKind() != Kind.CONSTANT);
        if (built || expression.getKind() == Kind.MAP || expression.getKind() == Kind.STRUCT) {
            throw refused(
                    of,
                    tree.getSource().getOffsetLocation(place(tree, expression)).orElseThrow(),
                    from,
                    list ? "a list may have constants only" : "this makes a map, which may not be");
        }
    }

    private static int place(CelAbstractSyntaxTree tree, CelExpr expression) {
        Map<Long, Integer> places = tree.getSource().getPositionsMap();
        return places.getOrDefault(expression.id(), 0);
    }

    private static BrokerException refused(
            String of, CelSourceLocation place, int from, String why) {
        int line = Math.max(1, place.getLine());
        int column = Math.max(0, place.getColumn()) + 1 + (line == 1 ? from : 0);
        return new BrokerException(
                BrokerException.Kind.INVALID,
                "%s, line %d, column %d: %s".formatted(of, line, column, why));
    }

    // Functions that the language's own would not bound ------------------------------------------

    private static boolean contains(String text, String part) {
        bound(text, part.length());
        return text.contains(part);
    }

    private static boolean matches(String text, String pattern) {
        Pattern compiled = pattern(pattern);
        bound(text, compiled.programSize());
        return compiled.matcher(text).find();
    }

    private static void bound(String text, long factor) {
        if (text.length() * factor > MOST_STEPS) {
            throw new CelBudget.SpentException();
        }
    }

    private static Pattern pattern(String text) {
        Pattern known = PATTERNS.get(text);
        if (known != null) {
            return known;
        }
        if (text.length() > MOST_PATTERN_CHARS) {
            throw new CelBudget.SpentException();
        }
        try {
            Pattern compiled = Pattern.compile(text);
            if (PATTERNS.size() >= MOST_PATTERNS_KEPT) {
                PATTERNS.clear();
            }
            PATTERNS.put(text, compiled);
            return compiled;
        } catch (PatternSyntaxException wrong) {
            throw new IllegalArgumentException(wrong.getMessage(), wrong);
        }
    }
}
