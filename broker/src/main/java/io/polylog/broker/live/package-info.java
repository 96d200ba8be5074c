/// Live listening: who hears now what is published on the subjects of a namespace. Nothing here is
/// durable, logged or replayed; the sessions of `core` add and remove patterns and send on what
/// they published once it is stored. Snapshots are immutable and read on any thread; each listener
/// is called on its own loop.
@NullMarked
package io.polylog.broker.live;

import org.jspecify.annotations.NullMarked;
