/// CloudEvents 1.0 (<https://github.com/cloudevents/spec>): events, how HTTP carries them in its
/// binary and its structured mode, and what they are as messages. Pure functions, any thread; used
/// by whoever speaks HTTP with others.
@NullMarked
package io.polylog.http.cloudevents;

import org.jspecify.annotations.NullMarked;
