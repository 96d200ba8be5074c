/// Publishing and consuming over plain HTTP, for those without a client library (`docs/http.md`):
/// the routes below `/v1`, served by the web server of `admin`. Each request runs on a virtual
/// thread of the web server's; what outlives a request runs on one loop.
@NullMarked
package io.polylog.protocol.http;

import org.jspecify.annotations.NullMarked;
