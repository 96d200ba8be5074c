/// Sockets: listeners, event loops, connection limits. A protocol plugs in by [io.polylog.net.Protocol].
@NullMarked
package io.polylog.net;

import org.jspecify.annotations.NullMarked;
