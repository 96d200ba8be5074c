package io.polylog.protocol.webhook;

import io.netty.handler.codec.DecoderException;

/// Text of others as one line for people. Stateless; any thread.
final class OneLine {
    private OneLine() {}

    /// Text with spaces in place of control characters.
    static String of(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean space = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean blank = Character.isISOControl(c) || Character.isWhitespace(c);
            if (!blank || !space) {
                out.append(blank ? ' ' : c);
            }
            space = blank;
        }
        return out.toString().strip();
    }

    /// Why something failed.
    static String of(Throwable failure) {
        Throwable cause = failure.getCause();
        if (failure instanceof DecoderException && cause != null) {
            return of(cause);
        }
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : of(message);
    }
}
