/// The machine of a shard: streams, their subscriptions and what was settled, producers, keys. What
/// apply changes is durable state; what [io.polylog.broker.shard.Dispatch] and the consumers hold
/// is rebuilt empty when the shard begins to lead. Everything runs on the thread of the shard's
/// log; other threads come in through [io.polylog.broker.shard.ShardPort].
@NullMarked
package io.polylog.broker.shard;

import org.jspecify.annotations.NullMarked;
