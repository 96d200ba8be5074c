/// Builds, starts and stops the rest, in order; the only room that makes things across rooms.
/// [io.polylog.server.Main] is the process, [io.polylog.server.Server] one broker in it.
///
/// Threads: `main` starts and waits, a shutdown hook stops.
@NullMarked
package io.polylog.server;

import org.jspecify.annotations.NullMarked;
