package io.polylog.broker;

import io.polylog.message.TopicName;

/// Names a shared subscription.
///
/// @param topic its topic or queue
/// @param name "" for a queue's own subscription, else the durable subscription's name
public record SubscriptionRef(TopicName topic, String name) {}
