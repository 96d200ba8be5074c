package io.polylog.broker.routing;

import io.polylog.broker.Publication.Metadata;
import java.util.List;

/// What a message shows to the exchanges on its way.
///
/// @param keys its routing keys, one or more
/// @param metadata what else an exchange may route by
record Lookup(List<String> keys, Metadata metadata) {}
