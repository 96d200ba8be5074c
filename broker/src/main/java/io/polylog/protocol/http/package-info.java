/// Publishing and consuming over plain HTTP, for those without a client library (`docs/http.md`,
/// `docs/websocket.md`): the routes below `/v1`, on the port of `admin`. What does not wait runs on
/// its connection's loop, what waits on a virtual thread, and what outlives a request on one loop
/// for all. Schedules are made here, and publish from a loop of their own (`docs/schedules.md`).
@NullMarked
package io.polylog.protocol.http;

import org.jspecify.annotations.NullMarked;
