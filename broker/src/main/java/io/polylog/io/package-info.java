/// The machine: disk, clocks, threads, timers and randomness as small interfaces, and the real
/// ones. No other room touches files, system time, threads or randomness, so that a test can put a
/// simulated machine under all of the broker.
@NullMarked
package io.polylog.io;

import org.jspecify.annotations.NullMarked;
