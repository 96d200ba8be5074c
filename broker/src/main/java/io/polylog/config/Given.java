package io.polylog.config;

/// A value as somebody wrote it.
///
/// @param text the value
/// @param origin where it stands: `file:line:column`, a variable or `--set`; "default" else
record Given(String text, String origin) {
    static Given fallback(Setting<?> setting) {
        return new Given(setting.fallback(), "default");
    }
}
