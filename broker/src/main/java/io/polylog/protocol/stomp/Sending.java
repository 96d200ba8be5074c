package io.polylog.protocol.stomp;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.message.TopicName;
import io.polylog.net.ReadGate.Reason;
import io.polylog.protocol.stomp.Receipts.Due;
import io.polylog.protocol.stomp.StompFrame.Headers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SEND: what one socket read brought is handed to the core at once; how much is undecided bounds
/// what is read. On the connection's loop.
final class Sending {
    /// Hand over earlier than at the end of a read when so much came in it.
    private static final int BATCH_BYTES = 256 << 10;

    private final OpenStomp open;
    private Batch batch = new Batch();
    private int undecided;
    private long undecidedBytes;

    /// What one read brought; of each message its receipt, or "" for none.
    private static final class Batch {
        final List<Publication> publications = new ArrayList<>();
        final List<String> asked = new ArrayList<>();
        long bytes;
        @Nullable Due due;
    }

    Sending(OpenStomp open) {
        this.open = open;
    }

    void send(StompFrame frame) {
        if (frame.header("message-id") != null) {
            throw StompException.invalidHeader("'message-id' is not allowed on 'SEND'");
        }
        String text = frame.required("destination");
        StompDestination to = StompDestination.parse(text);
        if (to instanceof StompDestination.Queue(String name) && !open.queues().exists(name)) {
            now();
            open.wire().await(frame, open.queues().declare(name, frame), _ -> send(frame));
            return;
        }
        String replyTo = frame.header(StompMapping.REPLY_TO);
        if (replyTo != null && replyTo.startsWith(StompDestination.TEMP_QUEUE)) {
            String replyQueue = open.subscriptions().replyQueue(replyTo);
            if (replyQueue == null) {
                now();
                open.wire()
                        .await(
                                frame,
                                open.subscriptions().makeReplyQueue(replyTo),
                                _ -> send(frame));
                return;
            }
            replyTo = StompDestination.REPLY_QUEUE + replyQueue;
        }
        Headers headers = kept(frame.headers(), replyTo);
        ByteBuffer stored =
                StompContent.of(shown(text, to), headers, ByteBuffer.wrap(frame.body()));
        publish(
                frame,
                new Publication(
                        address(to, text, headers),
                        new Content(
                                StompMapping.ENCODING, StompMapping.envelope(headers), stored)));
    }

    private void publish(StompFrame frame, Publication publication) {
        String transaction = frame.header("transaction");
        if (transaction != null) {
            open.transactions().publish(transaction, publication);
            OpenStomp.done(open.due(frame)); // it takes part; durable is it with the commit
            return;
        }
        if (batch.due == null) {
            batch.due = open.receipts().open(null);
        }
        String receipt = frame.receipt();
        if (receipt != null) {
            batch.due.add(receipt);
        }
        batch.asked.add(receipt == null ? "" : receipt);
        batch.publications.add(publication);
        batch.bytes += publication.content().bytes().remaining();
        if (batch.bytes >= BATCH_BYTES) {
            now();
        } else {
            open.wire().output().askTurn();
        }
    }

    private static Headers kept(Headers all, @Nullable String replyTo) {
        Headers kept = new Headers();
        for (int i = 0; i < all.size(); i++) {
            String name = all.name(i);
            if (name.equals(StompMapping.REPLY_TO) && replyTo != null) {
                kept.add(name, replyTo);
            } else if (StompContent.isKept(name)) {
                kept.add(name, all.value(i));
            }
        }
        return kept;
    }

    /// How a receiver sees the destination.
    private static String shown(String text, StompDestination to) {
        return to instanceof StompDestination.Existing(String name)
                ? StompDestination.QUEUE + StompDestination.escaped(name)
                : text;
    }

    private Address address(StompDestination to, String text, Headers headers) {
        String namespace = open.terms().namespace();
        return switch (to) {
            case StompDestination.Queue(String name) when Queues.isSubscription(name) ->
                    throw StompDestination.invalid(text);
            case StompDestination.Queue(String name) -> direct(namespace, name);
            case StompDestination.Existing(String name) -> direct(namespace, name);
            case StompDestination.Topic(String subject) -> new Address.Subject(namespace, subject);
            case StompDestination.Exchange(String name, String key) ->
                    new Address.Via(namespace, name, key, new StompMapping.Sent(headers));
            case StompDestination.Temp _ -> throw StompDestination.invalid(text);
        };
    }

    private static Address direct(String namespace, String name) {
        return new Address.Direct(new TopicName(namespace, name), -1);
    }

    /// Hands over what was collected, so that what follows comes after it.
    void now() {
        Batch full = batch;
        if (full.publications.isEmpty()) {
            return;
        }
        batch = new Batch();
        count(full.publications.size(), full.bytes);
        open.session().publish(full.publications, outcomes -> decided(full, outcomes));
    }

    private void count(int more, long moreBytes) {
        undecided += more;
        undecidedBytes += moreBytes;
        StompSettings settings = open.wire().seams().settings();
        boolean much =
                undecidedBytes > settings.pendingBytes() || undecided > settings.pendingMessages();
        open.wire().gate().set(Reason.UNDECIDED_PUBLISHES, much);
    }

    private void decided(Batch done, Outcomes outcomes) {
        count(-done.publications.size(), -done.bytes);
        if (open.wire().isEnded()) {
            return;
        }
        if (!outcomes.allStored()) {
            for (int i = 0; i < done.publications.size(); i++) {
                boolean asked = !done.asked.get(i).isEmpty();
                StompException error = error(outcomes.at(i), outcomes.problem(i), asked);
                if (error != null) {
                    open.wire().fail(error, asked ? done.asked.get(i) : null);
                    return;
                }
            }
        }
        OpenStomp.done(done.due);
    }

    /// What became of a message, if its sender must hear of it. That a full queue refuses it is
    /// only said to who asked; that nobody wants it to nobody, as with RabbitMQ.
    ///
    /// @param problem why a body does not fit, where that is it
    private static @Nullable StompException error(
            Outcome outcome, @Nullable String problem, boolean asked) {
        return switch (outcome) {
            case STORED, UNROUTABLE -> null;
            case REJECTED ->
                    asked ? new StompException("rejected", "a queue refuses the message") : null;
            case NOT_FOUND -> notFound();
            case DENIED -> new StompException("access_refused", "SEND not permitted");
            case TOO_LARGE ->
                    new StompException(
                            "precondition_failed", "message is larger than the broker's limit");
            case DISK_FULL ->
                    new StompException("resource_error", "no disk space for new messages");
            case BUSY -> new StompException("resource_error", "too many messages wait");
            case CONFLICT, UNFIT -> new StompException("precondition_failed", "not stored");
            case MALFORMED ->
                    new StompException("precondition_failed", "the body does not fit: " + problem);
            case CLOSED -> new StompException("connection_forced", "the broker goes down");
        };
    }

    static StompException notFound() {
        return new StompException("not_found", "no such exchange or queue");
    }
}
