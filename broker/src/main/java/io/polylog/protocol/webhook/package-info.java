/// Webhooks: the messages of a queue, or of a topic's subscription, as signed HTTPS posts
/// (`docs/webhooks.md`). Each webhook is an ordinary consumer with connections of its own, on one
/// event loop; operators make and change them through
/// [Webhooks][io.polylog.protocol.webhook.Webhooks], from any thread.
@NullMarked
package io.polylog.protocol.webhook;

import org.jspecify.annotations.NullMarked;
