package io.polylog.broker;

/// What becomes of a delivery.
///
/// @param kind whether it was dealt with
/// @param delayMs how long what goes back stays hidden, or [#BY_POLICY]
/// @param error why it was not dealt with, at most [#MOST_ERROR_CHARS] characters; kept with the
///   message until something else is said of it; "" to say nothing
public record Settlement(Kind kind, long delayMs, String error) {
    /// Characters of an error that are kept; what is longer is cut.
    public static final int MOST_ERROR_CHARS = 256;

    /// What goes back is delivered again when its queue's [QueuePolicy.Retry] says.
    public static final long BY_POLICY = -1;

    /// Done with.
    public static final Settlement ACCEPT = of(Kind.ACCEPT);

    /// Back to its original place, attempt + 1.
    public static final Settlement RELEASE = of(Kind.RELEASE);

    /// Not wanted: leaves the subscription, to the dead letters where there are some.
    public static final Settlement REJECT = of(Kind.REJECT);

    /// Given up on: leaves the subscription as what came back too often does, also to the dead
    /// letters where there are some.
    public static final Settlement GIVE_UP = of(Kind.GIVE_UP);

    public Settlement {
        error = cut(error);
    }

    /// Whether a delivery was dealt with.
    public enum Kind {
        ACCEPT,
        RELEASE,
        REJECT,
        GIVE_UP
    }

    private static Settlement of(Kind kind) {
        return new Settlement(kind, BY_POLICY, "");
    }

    /// The same, hidden for a time, whatever its queue's retry policy says; 0 for at once.
    public Settlement after(long otherMs) {
        return new Settlement(kind, otherMs, error);
    }

    /// The same with a reason.
    public Settlement because(String why) {
        return new Settlement(kind, delayMs, why);
    }

    /// As much of an error as is kept: never half a character.
    private static String cut(String error) {
        if (error.length() <= MOST_ERROR_CHARS) {
            return error;
        }
        boolean pair = Character.isHighSurrogate(error.charAt(MOST_ERROR_CHARS - 1));
        return error.substring(0, pair ? MOST_ERROR_CHARS - 1 : MOST_ERROR_CHARS);
    }
}
