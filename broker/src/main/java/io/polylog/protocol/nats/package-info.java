/// NATS: its text protocol, its subjects on the broker's one subject space, its headers. Nothing of
/// it is kept for a subscriber; what durable topics and queues of a subject's name or bound to it
/// get, they keep. `server` makes one [NatsProtocol] for both listeners; each connection lives on
/// its event loop, and what is said there of `the loop` is that one.
@NullMarked
package io.polylog.protocol.nats;

import org.jspecify.annotations.NullMarked;
