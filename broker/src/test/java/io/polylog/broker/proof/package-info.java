/// Proofs of the core through its door only: what each engine must give (the contracts), random
/// histories against a model, and bounds on memory. The test's thread is the event loop.
@NullMarked
package io.polylog.broker.proof;

import org.jspecify.annotations.NullMarked;
