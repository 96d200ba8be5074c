/**
 * The load generator: each protocol's real client, one JSON result. Started by {@code ./polylog
 * bench}; a thread for each client.
 */
@NullMarked
package io.polylog.bench;

import org.jspecify.annotations.NullMarked;
