package io.polylog.net;

import io.netty.channel.ChannelPipeline;

/// One wire protocol. `server` makes one per listener.
public interface Protocol {
    /// Short name, as in the `ready` line and in `listen.ports`.
    String name();

    /// Default TCP port.
    int defaultPort();

    /// Fills the pipeline of a fresh connection, on its event loop. Called after the connection
    /// limits and, where asked for, TLS.
    void accept(ChannelPipeline pipeline);
}
