/// What the rooms that are asked over HTTP share: who is let in, how an answer or an error is
/// written, and how a request waits for its session. Each request runs on a virtual thread of the
/// web server's.
@NullMarked
package io.polylog.http;

import org.jspecify.annotations.NullMarked;
