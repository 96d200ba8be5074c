/// Sockets: event loops, listeners, and what guards a connection before its protocol knows who is
/// there. A protocol plugs in by [io.polylog.net.Protocol]; `server` opens one
/// [io.polylog.net.Listener] for each.
///
/// Threads: a connection belongs to one event loop for life. Other threads reach it only through
/// the loop's [io.polylog.net.LoopTasks].
@NullMarked
package io.polylog.net;

import org.jspecify.annotations.NullMarked;
