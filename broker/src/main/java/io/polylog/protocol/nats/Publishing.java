package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.Transaction;
import io.polylog.message.TopicName;
import io.polylog.net.ReadGate.Reason;
import io.polylog.protocol.nats.NatsService.Admission;
import io.polylog.security.Operation;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a client publishes: all of one socket read is handed to the core at once. Nobody waits for
/// what becomes of it, but who asks by PING. On the loop.
final class Publishing {
    /// Hand over earlier than at the end of a read when so much came in it.
    private static final int BATCH_BYTES = 256 << 10;

    /// The broker's own subjects.
    private static final String SYSTEM = "$SYS.";

    private static final byte[] NO_HEADERS = {};

    private final OpenNats open;
    private final Gatherings gatherings;
    private List<Publication> batch = new ArrayList<>();
    private List<Asked> asked = new ArrayList<>(0);

    /// Which of the batch nobody need get.
    private BitSet copies = new BitSet(0);

    private int batchBytes;
    private long undecidedBytes;
    private long handedOver;

    /// What is handed over and not decided, or behind such.
    private final Deque<HandOver> undecided = new ArrayDeque<>(1);

    private final Deque<Barrier> barriers = new ArrayDeque<>(0);
    private Target last =
            new Target(
                    new byte[0],
                    new byte[0],
                    null,
                    null,
                    NatsException.INVALID_SUBJECT,
                    null,
                    0,
                    false,
                    false);

    /// One of a batch whose keeper answers.
    private record Asked(int place, NatsService.Keeper keeper) {}

    /// Something that was handed over.
    private static final class HandOver {
        private final long bytes;
        private boolean decided;

        private HandOver(long bytes) {
            this.bytes = bytes;
        }
    }

    /// @param handOvers so many must be decided
    private record Barrier(long handOvers, Runnable then) {}

    /// Where what is published on a subject goes. Most clients publish on the same one again.
    ///
    /// @param came the subject as it came
    /// @param subject as it is stored
    /// @param address null where it may not be published to
    /// @param correlation id that the answer to a request gets, or null
    /// @param error what the client is told each time, or null
    /// @param keeper answers who publishes, or null
    /// @param version of the definitions by which that is so
    /// @param request whether it is for the adapter's own service
    /// @param gathers whether its replies come in one
    private record Target(
            byte[] came,
            byte[] subject,
            @Nullable Address address,
            @Nullable String correlation,
            @Nullable String error,
            NatsService.@Nullable Keeper keeper,
            long version,
            boolean request,
            boolean gathers) {}

    Publishing(OpenNats open) {
        this.open = open;
        gatherings = new Gatherings(open, this::reply);
    }

    void publish(NatsReader message, ByteBuf content) {
        open.connection().traffic().came(content.readableBytes());
        if (message.hasHeaders() && !open.options().headers()) {
            throw NatsException.silent("message headers not supported");
        }
        if (!message.isSubject(last.came)
                || last.version != open.session().definitions().version()) {
            last = target(message.subject());
        }
        if (last.error != null) {
            open.answer(last.error);
        }
        if (last.address == null) {
            content.skipBytes(content.readableBytes());
            return;
        }
        open.answer(null);
        Content stored = stored(last, message, content);
        if (last.request) {
            ask(stored);
            return;
        }
        if (last.gathers && message.replyLength() > 0) {
            gather(last.address, stored);
            return;
        }
        Publication publication = new Publication(last.address, stored);
        NatsService.Keeper keeper = last.keeper;
        if (keeper == null) {
            add(publication);
        } else {
            admit(keeper, publication);
        }
    }

    private void add(Publication publication) {
        batchBytes += publication.content().bytes().remaining();
        batch.add(publication);
        if (batchBytes >= BATCH_BYTES) {
            handOver();
        } else {
            open.connection().output().askTurn();
        }
    }

    /// Does with a message what its keeper says.
    private void admit(NatsService.Keeper keeper, Publication publication) {
        NatsContent message = NatsContent.wrap(publication.content().bytes());
        switch (keeper.admit(publication)) {
            case Admission.Publish(Publication admitted, Publication copy) -> {
                if (copy != null) {
                    copies.set(batch.size());
                    add(copy);
                }
                if (message.hasReply()) {
                    asked.add(new Asked(batch.size(), keeper));
                }
                add(admitted);
            }
            case Admission.Answered(String payload) -> reply(message.reply(), payload);
            case Admission.Together together -> transact(together, message.reply());
            case Admission.Elsewhere other -> elsewhere(other, message);
        }
    }

    /// Publishes some messages as one, behind what came before.
    private void transact(Admission.Together together, String reply) {
        handOver();
        Transaction transaction = new Transaction(together.messages(), List.of(), true);
        HandOver whole = handingOver(transaction.bytes());
        open.session()
                .transact(transaction)
                .whenComplete((outcomes, failed) -> {
                    reply(reply, together.answer().answer(outcomes, failed));
                    decided(whole);
                });
    }

    private void elsewhere(Admission.Elsewhere other, NatsContent message) {
        handOver();
        HandOver one = handingOver(message.payloadLength() + (long) message.headersLength());
        String reply = message.reply();
        other.begin()
                .get()
                .whenComplete((answer, _) ->
                        open.connection()
                                .tasks()
                                .post(() -> {
                                    reply(reply, answer);
                                    decided(one);
                                }));
    }

    private void reply(String to, @Nullable String json) {
        if (to.isEmpty() || json == null) {
            return;
        }
        NatsSubscription waits = open.subscriptions().alone(to);
        if (waits != null) {
            ByteBuffer payload = ByteBuffer.wrap(json.getBytes(UTF_8));
            waits.take(NatsContent.wrap(NatsContent.of(to, "", NO_HEADERS, payload)));
            open.connection().output().askTurn();
        } else {
            open.connection().node().seams().service().reply(open.namespace(), to, json);
        }
    }

    private void ask(Content stored) {
        NatsService.Request request =
                new NatsService.Request(
                        open.namespace(), open.principal(), NatsContent.wrap(stored.bytes()));
        whenAllDecided(() -> open.connection().node().seams().service().take(request));
    }

    /// Asks all who hear it, behind what came before.
    private void gather(Address address, Content request) {
        handOver();
        HandOver one = handingOver(request.bytes().remaining());
        gatherings.ask(
                address,
                request,
                outcome -> {
                    decided(new Publication(address, request), outcome);
                    decided(one);
                });
    }

    private Target target(byte[] bytes) {
        String whole = new String(bytes, UTF_8);
        boolean gathers = whole.startsWith(Gatherings.PREFIX);
        String subject = gathers ? whole.substring(Gatherings.PREFIX.length()) : whole;
        long version = open.session().definitions().version();
        if (!NatsSubjects.isPublishable(subject)) {
            return new Target(
                    bytes,
                    bytes,
                    null,
                    null,
                    NatsException.INVALID_PUBLISH_SUBJECT,
                    null,
                    version,
                    false,
                    false);
        }
        NatsService service = open.connection().node().seams().service();
        ReplySubjects.Target meant = ReplySubjects.target(subject);
        String namespace = open.namespace();
        String queue = meant.queue();
        String name = queue == null ? NatsSubjects.neutral(meant.subject()) : queue;
        boolean allowed =
                !name.startsWith(SYSTEM)
                        && open.connection()
                                .node()
                                .seams()
                                .permissions()
                                .allow(open.principal(), Operation.WRITE, namespace, name);
        if (!allowed) {
            return new Target(
                    bytes, bytes, null, null, denied(subject), null, version, false, false);
        }
        Address address =
                queue == null
                        ? new Address.Subject(namespace, name)
                        : new Address.Direct(new TopicName(namespace, queue), -1);
        byte[] stored = (queue == null ? meant.subject() : subject).getBytes(UTF_8);
        boolean odd = open.options().pedantic() && !NatsSubjects.isLiteral(subject);
        return new Target(
                bytes,
                stored,
                address,
                meant.correlation(),
                odd ? NatsException.INVALID_PUBLISH_SUBJECT : null,
                queue == null && !gathers ? service.keeper(namespace, subject) : null,
                version,
                !gathers && service.takes(subject),
                gathers);
    }

    private static String denied(String subject) {
        return "Permissions Violation for Publish to \"" + subject + "\"";
    }

    private static Content stored(Target target, NatsReader message, ByteBuf content) {
        if (message.headerBytes() > 0 || target.correlation != null) {
            return withHeaders(target, message, content);
        }
        ByteBuffer stored =
                NatsContent.begin(target.subject, message.replyLength(), content.readableBytes());
        message.reply(stored);
        return content(Envelope.PLAIN, rest(stored.putInt(0), content));
    }

    private static Content withHeaders(Target target, NatsReader message, ByteBuf content) {
        byte[] headers = new byte[message.headerBytes()];
        content.readBytes(headers);
        if (target.correlation != null) {
            headers = NatsHeaders.with(headers, FieldHeaders.CORRELATION_ID, target.correlation);
        }
        ByteBuffer stored =
                NatsContent.begin(
                        target.subject,
                        message.replyLength(),
                        headers.length + content.readableBytes());
        message.reply(stored);
        stored.putInt(headers.length).put(headers);
        return content(NatsMapping.envelope(headers), rest(stored, content));
    }

    private static ByteBuffer rest(ByteBuffer stored, ByteBuf payload) {
        payload.readBytes(stored);
        return stored.flip();
    }

    private static Content content(Envelope envelope, ByteBuffer stored) {
        return new Content(NatsMapping.ENCODING, envelope, stored);
    }

    // Handing over -------------------------------------------------------------------------------

    /// Hands over what was collected, so that what follows comes after it.
    void handOver() {
        if (batch.isEmpty()) {
            return;
        }
        List<Publication> full = batch;
        HandOver some = handingOver(batchBytes);
        List<Asked> answered = asked;
        if (!answered.isEmpty()) {
            asked = new ArrayList<>();
        }
        BitSet others = copies;
        if (!others.isEmpty()) {
            copies = new BitSet();
        }
        batch = new ArrayList<>(full.size());
        batchBytes = 0;
        open.session()
                .publish(
                        full,
                        outcomes -> {
                            answered.forEach(each -> answer(full, each, outcomes));
                            unstored(full, others, outcomes);
                            decided(some);
                        });
    }

    private HandOver handingOver(long bytes) {
        HandOver one = new HandOver(bytes);
        undecided.add(one);
        handedOver++;
        count(bytes);
        return one;
    }

    private void count(long moreBytes) {
        undecidedBytes += moreBytes;
        boolean much = undecidedBytes > open.connection().node().seams().settings().pendingBytes();
        open.connection().gate().set(Reason.UNDECIDED_PUBLISHES, much);
    }

    private void unstored(List<Publication> done, BitSet copied, Outcomes outcomes) {
        if (!outcomes.allStored()) {
            for (int i = 0; i < done.size(); i++) {
                if (!copied.get(i)) {
                    decided(done.get(i), outcomes.at(i));
                }
            }
        }
    }

    /// One more of what was handed over is decided.
    private void decided(HandOver one) {
        one.decided = true;
        count(-one.bytes);
        while (!undecided.isEmpty() && undecided.peek().decided) {
            undecided.remove();
        }
        long before = handedOver - undecided.size();
        while (!barriers.isEmpty() && barriers.peek().handOvers <= before) {
            barriers.remove().then.run();
        }
    }

    private void answer(List<Publication> done, Asked each, Outcomes outcomes) {
        int place = each.place;
        String json =
                each.keeper.answer(
                        outcomes.at(place),
                        outcomes.placed(place),
                        outcomes.conflict(place),
                        outcomes.limit(place),
                        outcomes.problem(place));
        reply(NatsContent.wrap(done.get(place).content().bytes()).reply(), json);
    }

    private void decided(Publication publication, Outcome outcome) {
        switch (outcome) {
            case STORED -> {}
            case UNROUTABLE, NOT_FOUND -> unheard(publication.content().bytes());
            case DENIED -> deny(publication.content().bytes());
            case REJECTED, CONFLICT, UNFIT, MALFORMED, TOO_LARGE, DISK_FULL, BUSY, CLOSED ->
                    open.connection().node().seams().counts().unstored().increment();
        }
    }

    /// Nobody hears it and nothing keeps it: who waits for an answer need not.
    private void unheard(ByteBuffer stored) {
        if (!open.options().noResponders() || open.connection().isEnded()) {
            return;
        }
        NatsContent request = NatsContent.wrap(stored);
        if (!request.hasReply()) {
            return;
        }
        NatsSubscription waits = open.subscriptions().listening(request.reply());
        if (waits != null) {
            NatsWriter.noResponders(
                    open.connection().output().buffer(),
                    request.subject(),
                    request.reply(),
                    waits.sid());
        }
    }

    private void deny(ByteBuffer stored) {
        if (!open.connection().isEnded()) {
            String subject = NatsContent.wrap(stored).subject();
            NatsWriter.error(open.connection().output().buffer(), denied(subject));
        }
    }

    /// Hands over what was collected; nobody waits for answers any more.
    void end() {
        handOver();
        gatherings.close();
    }

    /// Hands over what was collected and goes on once all publishes so far are decided.
    void whenAllDecided(Runnable then) {
        handOver();
        if (undecided.isEmpty()) {
            then.run();
        } else {
            barriers.add(new Barrier(handedOver, then));
        }
    }
}
