/// STOMP 1.0, 1.1 and 1.2, over TCP and over WebSocket. `server` makes a
/// [io.polylog.protocol.stomp.StompProtocol] for each listener.
///
/// Threads: a connection, its subscriptions and transactions live on its event loop. The mapping is
/// stateless.
@NullMarked
package io.polylog.protocol.stomp;

import org.jspecify.annotations.NullMarked;
