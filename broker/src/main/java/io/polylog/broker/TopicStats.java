package io.polylog.broker;

/// Counts of a topic or queue.
///
/// @param ready messages waiting (queue), or kept (topic)
/// @param unsettled delivered and not settled
/// @param consumers attached consumers
public record TopicStats(long ready, long unsettled, int consumers) {}
