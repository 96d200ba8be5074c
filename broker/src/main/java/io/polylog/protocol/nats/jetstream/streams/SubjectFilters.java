package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.broker.Filter;
import io.polylog.protocol.nats.NatsSubjects;
import java.util.List;
import java.util.Map;

/// The subjects that a consumer wants. Immutable; any thread.
///
/// @param patterns of which one must fit; none where all subjects are wanted
public record SubjectFilters(List<String> patterns) {
    public SubjectFilters {
        patterns = patterns.contains(">") ? List.of() : List.copyOf(patterns);
    }

    public boolean isAll() {
        return patterns.isEmpty();
    }

    public boolean wants(String subject) {
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

    /// The same as the core has it.
    public Filter neutral() {
        return isAll() ? Filter.NONE : new Filter("", Map.of(), neutralPatterns());
    }

    /// The same as the core has patterns.
    public List<String> neutralPatterns() {
        return isAll() ? List.of("#") : patterns.stream().map(NatsSubjects::pattern).toList();
    }
}
