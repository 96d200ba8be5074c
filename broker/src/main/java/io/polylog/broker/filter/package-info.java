/// Which messages a subscription wants, and what it makes of them: checked and compiled once, and
/// asked for each message. Called by `core`, on any thread; nothing here has state that changes.
@NullMarked
package io.polylog.broker.filter;

import org.jspecify.annotations.NullMarked;
