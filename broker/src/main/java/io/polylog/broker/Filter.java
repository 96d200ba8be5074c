package io.polylog.broker;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which messages are wanted, in up to three ways; where several say something, all must hold.
///
/// @param sql a condition in SQL, as JMS has it for message selectors; "" for none
/// @param headers header values to match as a headers exchange does, `x-match` among them; empty
///   for none
/// @param subject a pattern of what messages were published with, as a topic exchange has it; ""
///   for none
public record Filter(String sql, Map<String, @Nullable Object> headers, String subject) {
    /// Everything is wanted.
    public static final Filter NONE = new Filter("", Map.of(), "");

    public Filter {
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    /// By a condition alone.
    public static Filter sql(String sql) {
        return new Filter(sql, Map.of(), "");
    }

    /// Whether everything is wanted.
    public boolean isNone() {
        return sql.isEmpty() && headers.isEmpty() && subject.isEmpty();
    }
}
