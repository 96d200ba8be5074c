package io.polylog.broker.core;

import io.polylog.io.Clock;
import io.polylog.io.Entropy;
import io.polylog.io.Scheduler;
import io.polylog.security.Permissions;

/// What a broker takes from outside.
///
/// @param clock what time it is
/// @param scheduler for what happens later
/// @param entropy for ids
/// @param permissions the one gate
public record Surroundings(
        Clock clock, Scheduler scheduler, Entropy entropy, Permissions permissions) {}
