/// The configuration: one record a section, each key declared once with its kind, default and a
/// line of documentation. Read at the start by `server`, which hands each room its own record; no
/// other room sees all of it. Nothing here touches files: texts come in by name. One thread.
@NullMarked
package io.polylog.config;

import org.jspecify.annotations.NullMarked;
