package io.polylog.protocol.stomp;

import io.polylog.broker.Session;
import io.polylog.broker.Settlement;
import io.polylog.protocol.stomp.Receipts.Due;
import org.jspecify.annotations.Nullable;

/// What a connection is once its client is logged in: a session with the core, subscriptions and
/// transactions. On the connection's event loop.
final class OpenStomp {
    private final StompConnection wire;
    private final Session session;
    private final Terms terms;
    private final Receipts receipts;
    private final Queues queues;
    private final Sending sending;
    private final Subscriptions subscriptions;
    private final Settling settling;
    private final Transactions transactions;

    /// What CONNECT agreed on.
    ///
    /// @param session its name, never given before
    record Terms(StompVersion version, String namespace, String session) {}

    OpenStomp(StompConnection wire, Session session, Terms terms) {
        this.wire = wire;
        this.session = session;
        this.terms = terms;
        receipts = new Receipts(wire.output(), terms.version);
        queues = new Queues(session, terms.namespace);
        transactions = new Transactions(this);
        sending = new Sending(this);
        subscriptions = new Subscriptions(this);
        settling = new Settling(this);
    }

    StompConnection wire() {
        return wire;
    }

    Session session() {
        return session;
    }

    StompVersion version() {
        return terms.version;
    }

    Terms terms() {
        return terms;
    }

    Receipts receipts() {
        return receipts;
    }

    Queues queues() {
        return queues;
    }

    Sending sending() {
        return sending;
    }

    Subscriptions subscriptions() {
        return subscriptions;
    }

    Transactions transactions() {
        return transactions;
    }

    void frame(StompFrame frame) {
        switch (frame.command()) {
            case "SEND" -> sending.send(frame);
            case "ACK" -> settling.settle(frame, Settlement.ACCEPT);
            case "NACK" -> {
                boolean requeue = !"false".equals(frame.header("requeue"));
                settling.settle(frame, requeue ? Settlement.RELEASE : Settlement.REJECT);
            }
            case "SUBSCRIBE" -> subscriptions.subscribe(frame);
            case "UNSUBSCRIBE" -> subscriptions.unsubscribe(frame);
            case "BEGIN" -> transactions.begin(frame);
            case "COMMIT" -> transactions.commit(frame);
            case "ABORT" -> transactions.abort(frame);
            case "DISCONNECT" -> disconnect(frame);
            case "CONNECT", "STOMP" ->
                    throw new StompException("Illegal command", "already connected");
            default ->
                    throw new StompException(
                            "Bad command", "Could not interpret command '" + cut(frame) + "'");
        }
    }

    private static String cut(StompFrame frame) {
        String command = frame.command();
        return command.substring(0, Math.min(command.length(), 64)).replaceAll("\\p{Cntrl}", "?");
    }

    /// The receipt that a frame asks for, behind all that was sent before; null where it asks for
    /// none.
    @Nullable Due due(StompFrame frame) {
        String id = frame.receipt();
        if (id == null) {
            return null;
        }
        settling.now(true);
        sending.now();
        Due due = receipts.open(id);
        settling.awaited(due, id);
        return due;
    }

    static void done(@Nullable Due due) {
        if (due != null) {
            due.done();
        }
    }

    private void disconnect(StompFrame frame) {
        Due due = due(frame);
        wire.leaving();
        done(due);
        whenAllDecided(wire::leave);
    }

    /// Hands over what was collected and goes on once all of it is decided.
    void whenAllDecided(Runnable then) {
        turn();
        receipts.whenNone(then);
    }

    /// Hands over what was collected.
    void turn() {
        settling.now(false);
        sending.now();
    }

    /// The socket takes more.
    void resume() {
        subscriptions.resume();
    }

    void end(String why) {
        subscriptions.end();
        session.close(why);
    }
}
