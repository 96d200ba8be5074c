/// What bodies must look like that topics take: JSON Schemas, compiled once, and asked for each
/// message that is published. Called by `core`, on any thread; nothing here has state that changes.
@NullMarked
package io.polylog.broker.schema;

import org.jspecify.annotations.NullMarked;
