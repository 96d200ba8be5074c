package io.polylog.broker.filter;

/// What a filter or transformation says of a message.
///
/// @param verdict what becomes of it
/// @param error why it could not be evaluated, "" where it could
public record Judgement(Verdict verdict, String error) {
    static final Judgement WANTED = new Judgement(Verdict.DELIVER, "");
    static final Judgement UNWANTED = new Judgement(Verdict.SKIP, "");

    /// What is kept of an error.
    private static final int MOST_ERROR_CHARS = 256;

    /// It could not be evaluated.
    static Judgement failed(Verdict then, String why) {
        return new Judgement(then, why.substring(0, Math.min(why.length(), MOST_ERROR_CHARS)));
    }

    /// Whether it could not be evaluated.
    public boolean failed() {
        return !error.isEmpty();
    }
}
