package io.polylog.broker.filter;

import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;

/// A compiled expression. Immutable; any thread.
final class CelExpression {
    private final CelRuntime.Program program;

    CelExpression(CelRuntime.Program program) {
        this.program = program;
    }

    /// It cannot be evaluated for a message: what it names is not there or of another type, or it
    /// would take too long.
    static final class FailedException extends Exception {
        private static final long serialVersionUID = 1;

        FailedException(String why, Throwable cause) {
            super(why, cause);
        }
    }

    /// What it gives for a message.
    Object of(CelFields message) throws FailedException {
        try {
            return program.trace(message, new CelBudget(message));
        } catch (CelEvaluationException | RuntimeException failed) {
            // Of its own the library tells the arguments too, the whole body perhaps.
            Throwable cause = failed.getCause() == null ? failed : failed.getCause();
            throw new FailedException(String.valueOf(cause.getMessage()), failed);
        }
    }
}
