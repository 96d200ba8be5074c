package io.polylog.broker.filter;

import dev.cel.common.types.SimpleType;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Publication.Metadata;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A condition in CEL: `cel:` and the expression, or `cel(on-error=deliver):` and the expression,
/// where something else than to skip is to become of messages for which it cannot be evaluated.
/// Immutable; any thread.
final class CelCondition {
    private static final String NAME = "cel";
    private static final String PLAIN = NAME + ":";
    private static final String CHOOSING = NAME + "(on-error=";
    private static final String END = "):";

    /// What is kept of an error.
    private static final int MOST_ERROR_CHARS = 256;

    private final CelExpression expression;
    private final Verdict onError;

    private CelCondition(CelExpression expression, Verdict onError) {
        this.expression = expression;
        this.onError = onError;
    }

    /// Whether a filter's text is in this language.
    static boolean isOne(String text) {
        return text.startsWith(PLAIN) || text.startsWith(CHOOSING);
    }

    /// Compiles a text.
    ///
    /// @throws BrokerException INVALID where it is no condition, saying where
    static CelCondition of(String text) {
        if (text.startsWith(PLAIN)) {
            return new CelCondition(compiled(text, PLAIN.length()), Verdict.SKIP);
        }
        int end = text.indexOf(END);
        Verdict onError = end < 0 ? null : named(text.substring(CHOOSING.length(), end));
        if (onError == null) {
            throw new BrokerException(
                    Kind.INVALID,
                    "filter, line 1, column %d: expected skip, deliver or dead-letter, and '):'"
                            .formatted(CHOOSING.length() + 1));
        }
        return new CelCondition(compiled(text, end + END.length()), onError);
    }

    private static CelExpression compiled(String text, int from) {
        return CelText.compile(text, from, SimpleType.BOOL);
    }

    private static @Nullable Verdict named(String name) {
        for (Verdict verdict : Verdict.values()) {
            if (verdict.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(name)) {
                return verdict;
            }
        }
        return null;
    }

    /// What becomes of a message.
    Judgement of(Metadata message) {
        try {
            boolean holds = Boolean.TRUE.equals(expression.of(new CelFields(message)));
            return holds ? Judgement.WANTED : Judgement.UNWANTED;
        } catch (CelExpression.FailedException failed) {
            return new Judgement(onError, told(failed));
        }
    }

    private static String told(CelExpression.FailedException failed) {
        String text = "filter: " + failed.getMessage();
        return text.substring(0, Math.min(text.length(), MOST_ERROR_CHARS));
    }
}
