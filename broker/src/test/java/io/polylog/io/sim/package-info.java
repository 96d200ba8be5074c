/// A simulated machine: disk, clock, timers and threads that follow a seed. Everything runs on the
/// thread of the test, so that a run can be repeated from its seed, step by step.
@NullMarked
package io.polylog.io.sim;

import org.jspecify.annotations.NullMarked;
