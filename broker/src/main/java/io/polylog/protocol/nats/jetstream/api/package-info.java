/// What requests of the JetStream API and their answers have in common, and how messages are told
/// apart.
@NullMarked
package io.polylog.protocol.nats.jetstream.api;

import org.jspecify.annotations.NullMarked;
