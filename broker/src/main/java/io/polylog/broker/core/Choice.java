package io.polylog.broker.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Browse.Seen;
import io.polylog.broker.Browse.State;
import io.polylog.broker.Operations.Filter;
import io.polylog.broker.Operations.Selection;
import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Place;
import java.util.Collections;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which messages an operator means. Used by one thread.
final class Choice {
    private final Core core;
    private final Selection selection;

    Choice(Core core, Selection selection) {
        this.core = core;
        this.selection = selection;
    }

    /// Where it died last, or null.
    static @Nullable Place death(Seen seen) {
        Trail trail = seen.content().envelope().trail();
        return trail == null || trail.deaths().isEmpty() ? null : trail.deaths().getFirst().place();
    }

    /// The first offset from one on that may be meant; Long.MAX_VALUE for none.
    long next(long from) {
        long first = Math.max(from, selection.from());
        if (selection.offsets().isEmpty()) {
            return first;
        }
        int found = Collections.binarySearch(selection.offsets(), first);
        int place = found < 0 ? -found - 1 : found;
        return place < selection.offsets().size() ? selection.offsets().get(place) : Long.MAX_VALUE;
    }

    boolean has(Seen seen) {
        return seen.state() == State.READY
                && next(seen.offset()) == seen.offset()
                && has(seen, selection.filter());
    }

    private boolean has(Seen seen, Filter filter) {
        if (filter.equals(Filter.ANY)) {
            return true;
        }
        Place death = death(seen);
        boolean died =
                (filter.cause() == null || (death != null && death.cause() == filter.cause()))
                        && (filter.origin() == null
                                || (death != null && death.queue().equals(filter.origin())));
        return died
                && seen.timeMs() >= filter.sinceMs()
                && seen.timeMs() <= filter.untilMs()
                && hasHeaders(seen, filter.headers());
    }

    private static String text(Object value) {
        return value instanceof byte[] bytes ? new String(bytes, UTF_8) : value.toString();
    }

    private boolean hasHeaders(Seen seen, Map<String, String> wanted) {
        if (wanted.isEmpty()) {
            return true;
        }
        Map<String, @Nullable Object> headers = core.metadata(seen.content()).headers();
        return wanted.entrySet().stream()
                .allMatch(each -> {
                    Object value = headers.get(each.getKey());
                    return value != null && each.getValue().equals(text(value));
                });
    }
}
