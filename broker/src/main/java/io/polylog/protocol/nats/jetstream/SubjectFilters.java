package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Filter;
import io.polylog.protocol.nats.NatsSubjects;
import java.util.List;
import java.util.Map;

/// The subjects that a consumer wants. Immutable; any thread.
///
/// @param patterns of which one must fit; none where all subjects are wanted
record SubjectFilters(List<String> patterns) {
    SubjectFilters {
        patterns = patterns.contains(">") ? List.of() : List.copyOf(patterns);
    }

    boolean isAll() {
        return patterns.isEmpty();
    }

    boolean wants(String subject) {
        if (isAll()) {
            return true;
        }
        for (String pattern : patterns) {
            if (NatsSubjects.matches(pattern, subject)) {
                return true;
            }
        }
        return false;
    }

    /// What the core can do of it: more than is wanted where there are several.
    Filter neutral() {
        return patterns.size() == 1
                ? new Filter("", Map.of(), NatsSubjects.pattern(patterns.getFirst()))
                : Filter.NONE;
    }
}
