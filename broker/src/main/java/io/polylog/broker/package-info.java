/// The core: topics, queues, exchanges, subscriptions and their settlement, as deterministic state
/// machines over a log. [io.polylog.broker.Broker] is the only door. No protocol word lives here.
///
/// Threads: a connection belongs to one event loop and does everything through its
/// [io.polylog.broker.Session] on that loop; state is owned by shards, each run by its log's
/// thread; answers come back to the loop through its [io.polylog.broker.Mailbox], at most one post
/// per commit.
@NullMarked
package io.polylog.broker;

import org.jspecify.annotations.NullMarked;
