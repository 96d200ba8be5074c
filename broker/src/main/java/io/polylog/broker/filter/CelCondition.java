package io.polylog.broker.filter;

import dev.cel.common.types.SimpleType;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Publication.Metadata;

/// A condition in CEL: `cel:` and the expression, or `cel(on-error=deliver):` and the expression,
/// where something else than to skip is to become of messages for which it cannot be evaluated.
/// Immutable; any thread.
final class CelCondition {
    private static final String NAME = "cel";
    private static final String PLAIN = NAME + ":";
    private static final String CHOOSING = NAME + "(on-error=";
    private static final String END = "):";

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
        Verdict onError = end < 0 ? null : Verdict.named(text.substring(CHOOSING.length(), end));
        if (onError == null) {
            throw new BrokerException(
                    Kind.INVALID,
                    "filter, line 1, column %d: expected skip, deliver or dead-letter, and '):'"
                            .formatted(CHOOSING.length() + 1));
        }
        return new CelCondition(compiled(text, end + END.length()), onError);
    }

    private static CelExpression compiled(String text, int from) {
        return CelText.compile("filter", text, from, SimpleType.BOOL);
    }

    /// What becomes of a message.
    Judgement of(Metadata message) {
        try {
            boolean holds = Boolean.TRUE.equals(expression.of(new CelFields(message)));
            return holds ? Judgement.WANTED : Judgement.UNWANTED;
        } catch (CelExpression.FailedException failed) {
            return Judgement.failed(onError, "filter: " + failed.getMessage());
        }
    }
}
