/** STOMP with its clients, and frame by frame. */
@NullMarked
package io.polylog.interop.stomp;

import org.jspecify.annotations.NullMarked;
