/**
 * The administration command: parses the command line and talks to a running broker over HTTP.
 * Started by the launcher for every command it does not answer itself; one thread.
 */
@NullMarked
package io.polylog.cli;

import org.jspecify.annotations.NullMarked;
