package io.polylog.broker.proof;

/// What a broker gives on every engine. A test class takes part in the contracts it implements.
interface BrokerContract {
    /// The broker of this test.
    Rig rig();

    /// A new connection.
    default Peer peer() {
        return rig().peer();
    }
}
