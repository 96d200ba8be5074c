/// The load generator: each protocol's real client, one JSON result. Started by `./polylog bench`.
/// A thread for each publisher paces itself by the clock, not by the broker's answers; a thread for
/// each consumer.
@NullMarked
package io.polylog.bench;

import org.jspecify.annotations.NullMarked;
