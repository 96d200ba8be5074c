package io.polylog.broker.routing;

import io.polylog.broker.Publication.Metadata;
import io.polylog.io.Entropy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a message shows to the exchanges on its way.
///
/// @param keys its routing keys, one or more
/// @param metadata what else an exchange may route by
/// @param entropy chooses where an exchange leaves it to chance, or null: everything it might
///   choose
record Lookup(List<String> keys, Metadata metadata, @Nullable Entropy entropy) {}
