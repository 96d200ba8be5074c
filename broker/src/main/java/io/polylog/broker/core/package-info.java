/// The broker itself: [io.polylog.broker.core.Core] wires machines and logs together and opens
/// sessions; the rest is what a session does on its connection's loop: route and publish, define,
/// read, consume and settle. State is never changed here: commands are proposed to the machines'
/// logs, and answers come back through the session's mailbox.
@NullMarked
package io.polylog.broker.core;

import org.jspecify.annotations.NullMarked;
