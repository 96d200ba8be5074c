/// Routing: from an address to the topics and queues it reaches. Immutable values, any thread; a
/// change makes a new [io.polylog.broker.routing.Routes] that shares all it did not touch.
@NullMarked
package io.polylog.broker.routing;

import org.jspecify.annotations.NullMarked;
