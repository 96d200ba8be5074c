package io.polylog.broker;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which messages are wanted, in up to three ways; where several say something, all must hold.
///
/// @param sql a condition in SQL, as JMS has it for message selectors; or, behind `cel:`, in CEL;
///   "" for none
/// @param headers header values to match as a headers exchange does, `x-match` among them; empty
///   for none
/// @param subjects patterns of what messages were published with, as a topic exchange has them, of
///   which one must fit; empty for none
public record Filter(String sql, Map<String, @Nullable Object> headers, List<String> subjects) {
    /// Stands between patterns where they are stored: none may have it.
    public static final char BETWEEN_SUBJECTS = 0;

    /// Everything is wanted.
    public static final Filter NONE = new Filter("", Map.of(), List.of());

    public Filter {
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        subjects = List.copyOf(subjects);
    }

    /// With one pattern of subjects, or "" for none.
    public Filter(String sql, Map<String, @Nullable Object> headers, String subject) {
        this(sql, headers, subject.isEmpty() ? List.of() : List.of(subject));
    }

    /// By a condition alone.
    public static Filter sql(String sql) {
        return new Filter(sql, Map.of(), List.of());
    }

    /// Whether everything is wanted.
    public boolean isNone() {
        return sql.isEmpty() && headers.isEmpty() && subjects.isEmpty();
    }
}
