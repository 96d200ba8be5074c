package io.polylog.broker;

/// Counts of a topic, queue or named subscription.
///
/// @param ready messages waiting (queue, subscription), or kept (topic)
/// @param unsettled delivered and not settled
/// @param consumers attached consumers
public record TopicStats(long ready, long unsettled, int consumers) {}
