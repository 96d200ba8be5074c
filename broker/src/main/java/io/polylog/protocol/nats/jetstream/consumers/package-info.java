/// Consumers of streams: what they want, what they have given, and where it goes.
@NullMarked
package io.polylog.protocol.nats.jetstream.consumers;

import org.jspecify.annotations.NullMarked;
