package io.polylog.security;

import io.polylog.message.TopicName;
import org.jspecify.annotations.Nullable;

/// Who somebody wants to be, and in which namespace, where a protocol has one name for both.
///
/// @param namespace what stands before the first colon; the default one where there is none
/// @param user the rest
public record Account(String namespace, String user) {
    /// Reads `user` or `namespace:user`; who gives no name is [Principal#ANONYMOUS].
    public static Account of(@Nullable String name) {
        if (name == null || name.isEmpty()) {
            return new Account(TopicName.DEFAULT_NAMESPACE, Principal.ANONYMOUS.name());
        }
        int colon = name.indexOf(':');
        return colon < 0
                ? new Account(TopicName.DEFAULT_NAMESPACE, name)
                : new Account(name.substring(0, colon), name.substring(colon + 1));
    }
}
