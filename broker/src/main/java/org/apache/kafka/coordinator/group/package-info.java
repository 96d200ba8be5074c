/// A doorway into Kafka's package of the same name, for what Kafka's own builder does not offer.
/// Used by [io.polylog.protocol.kafka.embedded] only, on the group loop.
@NullMarked
package org.apache.kafka.coordinator.group;

import org.jspecify.annotations.NullMarked;
