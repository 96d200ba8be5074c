/// HTTP as the rooms need it that are asked over it: connections and routes, who is let in, how an
/// answer or an error is written, and how a request that waits has a session.
@NullMarked
package io.polylog.http;

import org.jspecify.annotations.NullMarked;
