package io.polylog.config;

/// A key of an earlier release that means nothing any more: setting it stops the start, so that
/// nobody relies on what no longer happens.
///
/// @param key its full name
/// @param instead what to write now
record Retired(String key, String instead) {}
