package io.polylog.broker;

import java.util.List;

/// Publishes and settlements that take effect together or not at all, in whatever topics and queues
/// they are.
///
/// @param publications in their order; a message that has no target takes part by not being there
/// @param settlements of deliveries that the session holds, each once
/// @param bounded whether a target that takes no more refuses it, as it does a publish alone; it is
///   asked before anything of this is stored
public record Transaction(
        List<Publication> publications, List<Settled> settlements, boolean bounded) {
    /// The most one transaction may weigh, and all of a session that are under way.
    public static final int MOST_BYTES = 32 << 20;

    /// What a publication is taken to weigh beside its content.
    private static final int PUBLICATION_BYTES = 256;

    /// What a settlement is taken to weigh.
    private static final int SETTLEMENT_BYTES = 64;

    public Transaction {
        publications = List.copyOf(publications);
        settlements = List.copyOf(settlements);
    }

    /// Not bounded.
    public Transaction(List<Publication> publications, List<Settled> settlements) {
        this(publications, settlements, false);
    }

    /// A delivery and what becomes of it.
    public record Settled(Delivery delivery, Settlement how) {}

    /// Bytes it takes while it is under way, about.
    public long bytes() {
        long bytes = (long) settlements.size() * SETTLEMENT_BYTES;
        for (Publication publication : publications) {
            bytes += bytes(publication);
        }
        return bytes;
    }

    /// What one publication adds to [#bytes].
    public static long bytes(Publication publication) {
        return (long) PUBLICATION_BYTES + publication.content().bytes().remaining();
    }
}
