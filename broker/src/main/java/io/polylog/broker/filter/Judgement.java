package io.polylog.broker.filter;

/// What a filter says of a message.
///
/// @param verdict what becomes of it
/// @param error why the filter could not be evaluated, "" where it could
public record Judgement(Verdict verdict, String error) {
    static final Judgement WANTED = new Judgement(Verdict.DELIVER, "");
    static final Judgement UNWANTED = new Judgement(Verdict.SKIP, "");

    /// Whether it could not be evaluated.
    public boolean failed() {
        return !error.isEmpty();
    }
}
