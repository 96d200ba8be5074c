/// Sources and mirrors: streams that are filled from others.
@NullMarked
package io.polylog.protocol.nats.jetstream.feeds;

import org.jspecify.annotations.NullMarked;
