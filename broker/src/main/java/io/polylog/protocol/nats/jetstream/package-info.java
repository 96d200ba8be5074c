/// JetStream on the broker's topics: a stream is a topic of one partition whose arguments hold the
/// stream's configuration, its subjects are bindings of the subject exchange, a sequence is an
/// offset and one. Everything but [io.polylog.protocol.nats.jetstream.JetStream#takes] runs on one
/// loop of its own, called `the home loop` here, with a session of the broker's own.
@NullMarked
package io.polylog.protocol.nats.jetstream;

import org.jspecify.annotations.NullMarked;
