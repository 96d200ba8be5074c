/// What the demo, the load generator and the crash tests share: a broker as a child process that
/// may be killed ([io.polylog.harness.BrokerProcess]), messages that carry the proof of where they
/// belong ([io.polylog.harness.Proof]), and the checker that compares what was accepted with what
/// arrived ([io.polylog.harness.Ledger]).
@NullMarked
package io.polylog.harness;

import org.jspecify.annotations.NullMarked;
