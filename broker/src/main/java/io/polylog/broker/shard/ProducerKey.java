package io.polylog.broker.shard;

/// Whose sequence it is.
///
/// @param source stream the producer sends to, here or in another shard
/// @param id producer id
record ProducerKey(long source, long id) {}
