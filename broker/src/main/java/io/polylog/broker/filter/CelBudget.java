package io.polylog.broker.filter;

import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import dev.cel.runtime.CelEvaluationListener;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one evaluation may cost: each part of the expression that is evaluated takes from it, the
/// more the longer the text or the larger the structure it works on. It hears of arguments before
/// they are used, so that nothing costs much more than was charged. Of one evaluation.
final class CelBudget implements CelEvaluationListener {
    /// A few milliseconds.
    private static final long UNITS = 1_000_000;

    private static final int NODE_UNITS = 10;

    /// Characters looked at for a unit.
    private static final int CHARS = 8;

    private static final Set<String> SEARCHES = Set.of("contains", "matches");
    private static final Set<String> COMPARES = Set.of("_==_", "_!=_", "@in");

    private final CelFields message;
    private long left = UNITS;
    private long longestChars;
    private long lastChars;
    private boolean lastIsStructure;

    CelBudget(CelFields message) {
        this.message = message;
    }

    /// It costs more than it may.
    static final class SpentException extends RuntimeException {
        private static final long serialVersionUID = 1;

        SpentException() {
            super("it takes too long for this message");
        }
    }

    @Override
    public void callback(CelExpr expression, @Nullable Object value) {
        long units = NODE_UNITS;
        if (expression.getKind() == Kind.CALL) {
            String function = expression.call().function();
            if (SEARCHES.contains(function)) {
                units += longestChars * lastChars / CHARS;
            } else if (COMPARES.contains(function) && lastIsStructure) {
                units += message.structureChars();
            }
        }
        lastIsStructure = value instanceof Collection<?> || value instanceof Map<?, ?>;
        lastChars = value instanceof CharSequence text ? text.length() : 0;
        longestChars = Math.max(longestChars, lastChars);
        left -= units + lastChars / CHARS;
        if (left < 0) {
            throw new SpentException();
        }
    }
}
