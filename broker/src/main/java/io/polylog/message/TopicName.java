package io.polylog.message;

import java.util.Objects;

/// The name of a topic or queue: topics and queues of a namespace share one name space.
///
/// @param namespace the namespace that holds it, [#DEFAULT_NAMESPACE] unless said otherwise
/// @param name the name within the namespace, 1 to 255 bytes of UTF-8
public record TopicName(String namespace, String name) {
    /// The namespace of everything that names none.
    public static final String DEFAULT_NAMESPACE = "/";

    public TopicName {
        Objects.requireNonNull(namespace, "namespace");
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a topic name must not be empty");
        }
    }

    /// A name in the default namespace.
    public static TopicName of(String name) {
        return new TopicName(DEFAULT_NAMESPACE, name);
    }

    @Override
    public String toString() {
        return namespace.equals(DEFAULT_NAMESPACE) ? name : namespace + ":" + name;
    }
}
