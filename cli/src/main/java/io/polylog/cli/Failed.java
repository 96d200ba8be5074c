package io.polylog.cli;

/// A command that could not do what was asked. Its message is for people.
final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int PARTLY = 3;
    static final int NOT_FOUND = 4;
    static final int DENIED = 5;
    static final int UNREACHABLE = 6;
    static final int TIMED_OUT = 7;
    static final int CONFLICT = 8;

    private final int code;

    Failed(int code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /// The exit code.
    int code() {
        return code;
    }
}
