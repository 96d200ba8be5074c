package io.polylog.broker.routing;

import java.util.List;

/// What a message has as a subject, for those who listen to the subjects of its namespace.
///
/// @param keys all of them; none where it went through no subject space
public record Subjects(String namespace, List<String> keys) {
    public static final Subjects NONE = new Subjects("", List.of());

    public Subjects {
        keys = List.copyOf(keys);
    }

    public boolean isEmpty() {
        return keys.isEmpty();
    }
}
