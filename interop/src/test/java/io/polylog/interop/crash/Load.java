package io.polylog.interop.crash;

import java.time.Duration;
import java.util.List;

/// One protocol's clients at work: they publish and consume until they are told to finish, and
/// write down what was accepted and what arrived.
interface Load extends AutoCloseable {
    /// Messages accepted so far.
    long accepted();

    /// Ends the publishing, takes in what is still owed for as long as there is patience, and says
    /// everything that is wrong.
    List<String> finish(Duration patience) throws Exception;

    @Override
    void close();
}
