package io.polylog.net;

import java.net.InetSocketAddress;

/// An open connection, as operators see it.
///
/// @param id never given again until the process ends
/// @param protocol its listener's
/// @param remote the client's address
/// @param sinceMs when it was accepted, in milliseconds since 1970
/// @param peer who is there, once the protocol knows
public record ConnectionInfo(
        long id, String protocol, InetSocketAddress remote, long sinceMs, Peer peer) {
    /// Who is at the other end; what is not known is empty.
    ///
    /// @param user who logged in
    /// @param namespace what the client works in
    /// @param client how it calls itself, cut to 256 characters
    public record Peer(String user, String namespace, String client) {
        private static final int MOST_CHARACTERS = 256;

        /// Nothing was said yet.
        public static final Peer UNKNOWN = new Peer("", "", "");

        public Peer {
            client = client.substring(0, Math.min(client.length(), MOST_CHARACTERS));
        }
    }
}
