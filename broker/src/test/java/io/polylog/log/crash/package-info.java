/// The log under the simulated machine: a small state machine that keeps books of what it applied,
/// an auditor that knows what was proposed and answered, and the runs that crash the one and ask
/// the other.
@NullMarked
package io.polylog.log.crash;

import org.jspecify.annotations.NullMarked;
