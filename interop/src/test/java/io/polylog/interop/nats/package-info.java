/** NATS with its clients, and byte by byte. */
@NullMarked
package io.polylog.interop.nats;

import org.jspecify.annotations.NullMarked;
