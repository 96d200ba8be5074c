/// What every machine of the core is made of: requests that wait for their commands, results, the
/// effects of a commit, and cells with which state is saved and taken back. Runs on the thread of
/// the machine's log unless a class says otherwise.
@NullMarked
package io.polylog.broker.machine;

import org.jspecify.annotations.NullMarked;
