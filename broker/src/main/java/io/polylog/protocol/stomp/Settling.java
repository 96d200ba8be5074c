package io.polylog.protocol.stomp;

import io.polylog.broker.Delivery;
import io.polylog.broker.Settlement;
import io.polylog.protocol.stomp.QueueSubscription.Taken;
import io.polylog.protocol.stomp.Receipts.Due;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// ACK and NACK. What is acknowledged in one read is settled together. On the connection's loop.
final class Settling {
    private final OpenStomp open;
    private List<Delivery> accepted = new ArrayList<>();

    /// Of what was settled last; whoever asks for a receipt waits for it.
    private CompletionStage<Void> last = CompletableFuture.completedFuture(null);

    Settling(OpenStomp open) {
        this.open = open;
    }

    void settle(StompFrame frame, Settlement how) {
        boolean newest = open.version() == StompVersion.V1_2;
        String usual = frame.header(newest ? "id" : "message-id");
        String id = usual == null ? frame.header(newest ? "message-id" : "id") : usual;
        if (id == null) {
            throw new StompException(
                    "Missing header",
                    frame.command()
                            + " must include the '"
                            + (newest ? "id" : "message-id")
                            + "' header");
        }
        List<Taken> taken = open.subscriptions().take(id);
        String transaction = frame.header("transaction");
        if (transaction != null) {
            open.transactions().settle(transaction, taken, how);
        } else if (how.equals(Settlement.ACCEPT)) {
            taken.forEach(each -> accepted.add(each.delivery()));
            open.wire().output().askTurn();
        } else {
            boolean awaited = frame.receipt() != null;
            settle(taken.stream().map(Taken::delivery).toList(), how, awaited);
        }
        OpenStomp.done(open.due(frame));
    }

    private void settle(List<Delivery> deliveries, Settlement how, boolean awaited) {
        last =
                CompletableFuture.allOf(
                        last.toCompletableFuture(),
                        open.session().settle(deliveries, how, awaited).toCompletableFuture());
    }

    /// Hands over what was acknowledged.
    ///
    /// @param awaited somebody waits for it
    void now(boolean awaited) {
        if (!accepted.isEmpty()) {
            List<Delivery> settled = accepted;
            accepted = new ArrayList<>(settled.size());
            settle(settled, Settlement.ACCEPT, awaited);
        }
    }

    /// What was settled so far is durable before a receipt goes out.
    void awaited(Due due, String receipt) {
        due.await();
        last.whenComplete((_, failed) -> {
            if (failed == null) {
                due.done();
            } else {
                open.wire().fail(StompException.of(StompConnection.refusal(failed)), receipt);
            }
        });
    }
}
