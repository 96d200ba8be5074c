package io.polylog.io.sim;

/// The machine went down inside a call. An Error, so that code that handles failed calls does not
/// take it for one; every later call of the same life throws it again.
public final class SimulatedCrash extends Error {
    private static final long serialVersionUID = 1L;

    SimulatedCrash(String where) {
        super(where, null, false, false);
    }
}
