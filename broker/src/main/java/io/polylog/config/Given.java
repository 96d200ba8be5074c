package io.polylog.config;

/// A value as somebody wrote it.
///
/// @param text the value
/// @param origin where it stands: `file:line:column`, a variable or `--set`
record Given(String text, String origin) {}
