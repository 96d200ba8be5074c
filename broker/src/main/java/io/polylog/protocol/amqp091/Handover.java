package io.polylog.protocol.amqp091;

import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.Session;
import io.polylog.broker.Settlement;
import io.polylog.net.ReadGate.Reason;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one socket read brought on its way to the core: one batch of publishes, one of
/// acknowledgements; and how much of it is undecided, which bounds what is read. On the
/// connection's loop.
final class Handover {
    /// Hand over earlier than at the end of a read when so much came in it.
    private static final int BATCH_BYTES = 256 << 10;

    private final OpenConnection connection;
    private final Session session;
    private final AmqpSettings settings;
    private PublishBatch batch = new PublishBatch(this);
    private List<Delivery> accepted = new ArrayList<>();
    private int undecided;
    private long undecidedBytes;
    private long uncommittedBytes;
    private @Nullable Runnable whenDecided;

    Handover(OpenConnection connection) {
        this.connection = connection;
        session = connection.session();
        settings = connection.seams().settings();
    }

    /// Adds to the batch of this read.
    void publish(AmqpChannel channel, Publication publication, long number, boolean mandatory) {
        batch.add(channel, publication, number, mandatory);
        if (batch.bytes() >= BATCH_BYTES) {
            now();
        } else {
            connection.output().askTurn();
        }
    }

    /// Adds to the acknowledgements of this read.
    void accept(Delivery delivery) {
        accepted.add(delivery);
        connection.output().askTurn();
    }

    /// What waits for commits weighs more, or less; gives what it weighs on all channels.
    long uncommitted(long more) {
        uncommittedBytes += more;
        return uncommittedBytes;
    }

    /// Hands over what was collected, so that what follows comes after it.
    void now() {
        if (!accepted.isEmpty()) {
            List<Delivery> settled = accepted;
            accepted = new ArrayList<>(settled.size());
            session.settle(settled, Settlement.ACCEPT, false);
        }
        if (batch.size() > 0) {
            PublishBatch full = batch;
            batch = new PublishBatch(this);
            undecided += full.size();
            undecidedBytes += full.bytes();
            pauseWhileMuchIsUndecided();
            session.publish(full.publications(), full);
        }
    }

    /// The core decided a batch.
    void decided(PublishBatch done) {
        undecided -= done.size();
        undecidedBytes -= done.bytes();
        pauseWhileMuchIsUndecided();
        if (undecided == 0 && whenDecided != null) {
            Runnable then = whenDecided;
            whenDecided = null;
            then.run();
        }
    }

    private void pauseWhileMuchIsUndecided() {
        boolean much =
                undecidedBytes > settings.pendingBytes() || undecided > settings.pendingMessages();
        connection.gate().set(Reason.UNDECIDED_PUBLISHES, much);
    }

    /// Hands over what was collected and goes on once all publishes are decided.
    void whenAllDecided(Runnable then) {
        now();
        if (undecided == 0) {
            then.run();
        } else {
            whenDecided = then;
        }
    }
}
