package io.polylog.metrics;

/// Tells series of one name apart.
///
/// @param name such as `cause`
/// @param value such as `expired`
public record Label(String name, String value) {}
