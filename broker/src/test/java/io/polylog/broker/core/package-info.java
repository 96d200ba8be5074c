/// Contract of the broker's door on every engine: a rig starts a broker on one of them, and the
/// test turns the one loop all sessions live on.
package io.polylog.broker.core;
