/// Webhooks as their receivers see them: real requests over real sockets.
@NullMarked
package io.polylog.interop.webhook;

import org.jspecify.annotations.NullMarked;
