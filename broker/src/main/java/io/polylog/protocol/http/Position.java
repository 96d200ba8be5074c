package io.polylog.protocol.http;

import io.polylog.broker.ConsumeSpec.Start;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// How far a reader of a topic is, as the id of an event says it: the next offset of each
/// partition, with `-` for one that nothing was read of yet. Confined to one loop.
final class Position {
    private static final Pattern FORM = Pattern.compile("(\\d{1,18}|-)(,(\\d{1,18}|-))*");
    private static final long UNREAD = -1;

    private final long[] next;
    private final Start otherwise;

    private Position(long[] next, Start otherwise) {
        this.next = next;
        this.otherwise = otherwise;
    }

    /// Where to begin.
    ///
    /// @param id of the last event that was read, or null
    /// @param from as for subscriptions; next where it is null
    /// @throws io.polylog.http.Refusal 400
    static Position of(@Nullable String id, @Nullable String from, int partitions) {
        long[] next = new long[partitions];
        Arrays.fill(next, UNREAD);
        if (id == null || id.isEmpty()) {
            return new Position(next, Starts.of(from));
        }
        if (!FORM.matcher(id).matches()) {
            throw Json.invalid("Last-Event-ID: this is none of an event here: " + id);
        }
        String[] said = id.split(",");
        if (said.length > partitions) {
            throw Json.invalid("Last-Event-ID: the topic has " + partitions + " partitions");
        }
        for (int i = 0; i < said.length; i++) {
            next[i] = said[i].equals("-") ? UNREAD : Long.parseLong(said[i]);
        }
        // What nothing was read of is read from its beginning: it may have come meanwhile.
        return new Position(next, from == null ? Start.Edge.FIRST : Starts.of(from));
    }

    int partitions() {
        return next.length;
    }

    Start start(int partition) {
        return next[partition] == UNREAD ? otherwise : new Start.Offset(next[partition]);
    }

    void passed(int partition, long offset) {
        next[partition] = offset + 1;
    }

    /// As an event's id.
    String text() {
        StringBuilder text = new StringBuilder();
        for (long each : next) {
            text.append(text.isEmpty() ? "" : ",");
            if (each == UNREAD) {
                text.append('-');
            } else {
                text.append(each);
            }
        }
        return text.toString();
    }
}
