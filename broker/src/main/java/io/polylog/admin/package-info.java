/// What people and their tools ask over HTTP: health, metrics, and what operators do with queues,
/// policies and connections. Each request runs on a virtual thread.
@NullMarked
package io.polylog.admin;

import org.jspecify.annotations.NullMarked;
