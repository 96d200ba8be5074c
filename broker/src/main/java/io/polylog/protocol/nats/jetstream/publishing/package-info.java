/// What becomes of what is published to streams: answers, batches, counters.
@NullMarked
package io.polylog.protocol.nats.jetstream.publishing;

import org.jspecify.annotations.NullMarked;
