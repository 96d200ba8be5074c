package io.polylog.io;

/// How a directory's file system makes a durable write, as a probe found it.
///
/// @param kind the fastest way that worked
/// @param alignmentBytes what positions, lengths and addresses must be multiples of
/// @param refused why a faster way was not taken; empty when `kind` is the fastest
public record WriteMethod(Kind kind, int alignmentBytes, String refused) {
    /// Ways to write durably, fastest first.
    public enum Kind {
        /// Past the page cache, durable on return.
        DIRECT("direct and synchronous"),
        /// Through the page cache, durable on return.
        SYNCHRONOUS("synchronous through the page cache"),
        /// Through the page cache, followed by a sync of the file.
        WRITE_AND_FORCE("write and sync");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    /// One line for the start log.
    @Override
    public String toString() {
        String how = kind.words + ", aligned to " + alignmentBytes + " bytes";
        return refused.isEmpty() ? how : how + " (" + refused + ")";
    }
}
