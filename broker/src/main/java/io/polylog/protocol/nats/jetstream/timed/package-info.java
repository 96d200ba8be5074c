/// What streams do when a time comes: schedules, and marks of what has ended.
@NullMarked
package io.polylog.protocol.nats.jetstream.timed;

import org.jspecify.annotations.NullMarked;
