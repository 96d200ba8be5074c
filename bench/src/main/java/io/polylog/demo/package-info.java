/**
 * The shop example, end to end with real clients against a broker it starts, kills and restarts.
 * Started by {@code ./polylog demo}; a thread for each client.
 */
@NullMarked
package io.polylog.demo;

import org.jspecify.annotations.NullMarked;
