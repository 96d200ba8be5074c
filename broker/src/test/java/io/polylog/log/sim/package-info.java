/// A modelled engine behind the log's seams: it does everything that a cluster's engine may do, on
/// the thread of the test, in an order drawn from a seed. What runs on it runs on every engine.
@NullMarked
package io.polylog.log.sim;

import org.jspecify.annotations.NullMarked;
