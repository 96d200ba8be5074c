package io.polylog.message;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is to be different in a stored message.
///
/// @param body the new payload, or null: as it is
/// @param headers user headers that are set, as text, in place of those of the same name
/// @param removed names of user headers that go
public record Revision(byte @Nullable [] body, Map<String, String> headers, Set<String> removed) {
    public Revision {
        headers = Map.copyOf(headers);
        removed = Set.copyOf(removed);
    }
}
