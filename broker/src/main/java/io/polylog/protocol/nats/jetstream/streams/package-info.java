/// What streams are, and what is found in them.
@NullMarked
package io.polylog.protocol.nats.jetstream.streams;

import org.jspecify.annotations.NullMarked;
