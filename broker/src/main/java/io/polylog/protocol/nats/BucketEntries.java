package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.message.Header;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Entries of key-value buckets, which are messages on subjects `$KV.<bucket>.<key>`: the key is a
/// key to everybody, and that it is deleted is no value (ADR-8). Stateless; any thread.
final class BucketEntries {
    /// What subjects of entries begin with.
    private static final String PREFIX = "$KV.";

    /// The header that says what happened to a key, where it is no value.
    static final String OPERATION = "KV-Operation";

    /// The header of what stands for an entry whose time was over.
    private static final String MARKER = "Nats-Marker-Reason";

    static final String DELETED = "DEL";
    private static final String PURGED = "PURGE";

    private BucketEntries() {}

    static boolean is(String subject) {
        return keyAt(subject) > 0;
    }

    /// The key of an entry, or null where the subject is of none.
    static byte @Nullable [] key(String subject) {
        int at = keyAt(subject);
        return at < 0 ? null : subject.substring(at).getBytes(UTF_8);
    }

    private static int keyAt(String subject) {
        if (!subject.startsWith(PREFIX)) {
            return -1;
        }
        int dot = subject.indexOf('.', PREFIX.length());
        return dot <= PREFIX.length() || dot == subject.length() - 1 ? -1 : dot + 1;
    }

    /// Whether an entry with these headers says that its key is gone.
    static boolean isDeleted(List<Header> headers) {
        return headers.stream()
                .anyMatch(header ->
                        header.name().equalsIgnoreCase(MARKER)
                                || (header.name().equalsIgnoreCase(OPERATION)
                                        && (DELETED.equals(header.value())
                                                || PURGED.equals(header.value()))));
    }
}
