package io.polylog.broker;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which messages are wanted, in up to three ways, of which all must hold that say something; and
/// what is shown of them.
///
/// @param sql a condition in SQL, as JMS has it for message selectors; or, behind `cel:`, in CEL;
///   "" for none
/// @param headers header values to match as a headers exchange does, `x-match` among them; empty
///   for none
/// @param subjects patterns of what messages were published with, as a topic exchange has them, of
///   which one must fit; empty for none
/// @param transform what is made of a message before it is delivered, as JSON; "" for nothing
public record Filter(
        String sql,
        Map<String, @Nullable Object> headers,
        List<String> subjects,
        String transform) {
    /// Stands between patterns where they are stored: none may have it.
    public static final char BETWEEN_SUBJECTS = 0;

    /// Stands before a transformation where it is stored, behind the condition: neither may have
    /// it.
    public static final char BEFORE_TRANSFORM = 0;

    /// Everything is wanted.
    public static final Filter NONE = new Filter("", Map.of(), List.of());

    public Filter {
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        subjects = List.copyOf(subjects);
    }

    /// Of messages that are delivered as they are.
    public Filter(String sql, Map<String, @Nullable Object> headers, List<String> subjects) {
        this(sql, headers, subjects, "");
    }

    /// With one pattern of subjects, or "" for none.
    public Filter(String sql, Map<String, @Nullable Object> headers, String subject) {
        this(sql, headers, subject.isEmpty() ? List.of() : List.of(subject));
    }

    /// By a condition alone.
    public static Filter sql(String sql) {
        return new Filter(sql, Map.of(), List.of());
    }

    /// The same of messages of which something is made first.
    public Filter transforming(String how) {
        return new Filter(sql, headers, subjects, how);
    }

    /// Whether everything is wanted.
    public boolean isNone() {
        return sql.isEmpty() && headers.isEmpty() && subjects.isEmpty();
    }

    /// Whether everything is wanted, as it is.
    public boolean isPlain() {
        return isNone() && transform.isEmpty();
    }
}
