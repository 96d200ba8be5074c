package io.polylog.broker.proof;

import io.polylog.broker.Append;
import io.polylog.broker.AppendListener;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.Operations;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A connection as tests use it: most calls wait for their answer.
final class Peer {
    /// Tag of the tests' own encoding: the bytes are the body.
    static final byte TEXT = 100;

    /// Tag of the tests' own batches.
    static final byte BATCH = 101;

    final Session session;
    final Rig rig;

    Peer(Rig rig, Session session) {
        this.rig = rig;
        this.session = session;
    }

    // ---- definitions

    Topic declare(TopicSpec spec) {
        return rig.await(session.declareTopic(spec));
    }

    /// The result of a call, asked for until it is not refused for the moment.
    <T> T insist(Supplier<CompletionStage<T>> call) {
        while (true) {
            try {
                return rig.await(call.get());
            } catch (BrokerException e) {
                if (e.kind() != Kind.BUSY && e.kind() != Kind.CLOSED) {
                    throw e;
                }
            }
        }
    }

    Topic queue(String name) {
        return declare(Specs.queue(name));
    }

    long delete(String name) {
        return rig.await(session.deleteTopic(TopicName.of(name), false, false));
    }

    // ---- publishing

    static Content content(String text) {
        return content(text.getBytes(StandardCharsets.UTF_8));
    }

    static Content content(byte[] bytes) {
        return new Content(TEXT, Envelope.PLAIN, ByteBuffer.wrap(bytes));
    }

    static Address to(String topic) {
        return new Address.Direct(TopicName.of(topic), -1);
    }

    static Address via(String exchange, String key) {
        return new Address.Via(Specs.NS, exchange, key, Map::of);
    }

    static Address via(String exchange, Map<String, @Nullable Object> headers) {
        return new Address.Via(Specs.NS, exchange, "", () -> headers);
    }

    static Address subject(String subject) {
        return new Address.Subject(Specs.NS, subject);
    }

    Outcome publish(Address address, String text) {
        return rig.await(send(List.of(new Publication(address, content(text))))).getFirst();
    }

    /// Publishes texts in one batch; all must be stored.
    void store(String topic, String... texts) {
        List<Publication> batch =
                Arrays.stream(texts).map(t -> new Publication(to(topic), content(t))).toList();
        List<Outcome> outcomes = rig.await(send(batch));
        if (!outcomes.stream().allMatch(Outcome.STORED::equals)) {
            throw new AssertionError("not all stored: " + outcomes);
        }
    }

    /// Publishes a text that may wait for a time only.
    void storeFor(String topic, String text, long timeToLiveMs) {
        Content plain = content(text);
        Envelope envelope = new Envelope(0, timeToLiveMs, -1, null);
        Content content = new Content(TEXT, envelope, plain.bytes());
        List<Outcome> outcomes = rig.await(send(List.of(new Publication(to(topic), content))));
        if (outcomes.getFirst() != Outcome.STORED) {
            throw new AssertionError("not stored: " + outcomes);
        }
    }

    /// Publishes a text that is hidden at first.
    ///
    /// @param timeToLiveMs how long it may wait then, or -1
    void storeLater(String topic, String text, long delayMs, long timeToLiveMs) {
        Envelope envelope = new Envelope(0, timeToLiveMs, -1, null).delayed(delayMs);
        Content content = new Content(TEXT, envelope, content(text).bytes());
        List<Outcome> outcomes = rig.await(send(List.of(new Publication(to(topic), content))));
        if (outcomes.getFirst() != Outcome.STORED) {
            throw new AssertionError("not stored: " + outcomes);
        }
    }

    /// Publishes messages with these priorities in one batch; each text is its place. All must be
    /// stored.
    void storeAt(String topic, int... priorities) {
        List<Publication> batch = new ArrayList<>();
        for (int i = 0; i < priorities.length; i++) {
            Content plain = content(Integer.toString(i));
            Envelope envelope = new Envelope(0, -1, priorities[i], null);
            Content content = new Content(plain.encoding(), envelope, plain.bytes());
            batch.add(new Publication(to(topic), content));
        }
        List<Outcome> outcomes = rig.await(send(batch));
        if (!outcomes.stream().allMatch(Outcome.STORED::equals)) {
            throw new AssertionError("not all stored: " + outcomes);
        }
    }

    /// Publishes and gives the outcomes when they are there.
    CompletableFuture<List<Outcome>> send(List<Publication> batch) {
        CompletableFuture<List<Outcome>> decided = new CompletableFuture<>();
        session.publish(batch, outcomes -> once(decided, list(outcomes, batch.size())));
        return decided;
    }

    private static List<Outcome> list(Outcomes outcomes, int size) {
        List<Outcome> list = IntStream.range(0, size).mapToObj(outcomes::at).toList();
        if (outcomes.allStored() != list.stream().allMatch(Outcome.STORED::equals)) {
            throw new AssertionError("allStored disagrees with " + list);
        }
        return list;
    }

    private static <T> void once(CompletableFuture<T> stage, T result) {
        if (!stage.complete(result)) {
            throw new AssertionError("answered twice: " + result);
        }
    }

    // ---- appending

    CompletableFuture<List<AppendListener.Result>> append(List<Append> batches) {
        CompletableFuture<List<AppendListener.Result>> decided = new CompletableFuture<>();
        session.append(batches, results -> once(decided, List.copyOf(results)));
        return decided;
    }

    AppendListener.Result append(Append batch) {
        return rig.await(append(List.of(batch))).getFirst();
    }

    // ---- consuming

    Inbox consume(String queue) {
        return consume(queue, Integer.MAX_VALUE);
    }

    Inbox consume(String queue, int credit) {
        Inbox inbox = new Inbox();
        consume(spec(queue, credit), inbox);
        return inbox;
    }

    Consumer consume(ConsumeSpec spec, Inbox inbox) {
        return rig.await(session.consume(spec, inbox));
    }

    static ConsumeSpec spec(String queue, int credit) {
        return new ConsumeSpec(own(queue), false, false, 0, credit);
    }

    static SubscriptionRef own(String queue) {
        return new SubscriptionRef(TopicName.of(queue), "");
    }

    Optional<Delivery> take(String queue) {
        return rig.await(session.take(own(queue), false));
    }

    void accept(Delivery... deliveries) {
        settle(Settlement.ACCEPT, deliveries);
    }

    void release(Delivery... deliveries) {
        settle(Settlement.RELEASE, deliveries);
    }

    void releaseLater(long delayMs, Delivery... deliveries) {
        settle(Settlement.RELEASE.after(delayMs), deliveries);
    }

    void reject(Delivery... deliveries) {
        settle(Settlement.REJECT, deliveries);
    }

    void settle(Settlement how, Delivery... deliveries) {
        rig.await(session.settle(List.of(deliveries), how, true));
    }

    TopicStats stats(String name) {
        return rig.await(session.stats(TopicName.of(name)));
    }

    TopicStats stats(SubscriptionRef ref) {
        return rig.await(session.stats(ref));
    }

    // ---- operating

    Operations operations() {
        return session.operations();
    }

    void pause(String queue, boolean paused) {
        rig.await(operations().pause(own(queue), paused));
    }

    // ---- reading

    Reader reader(String topic, int partition) {
        return session.reader(TopicName.of(topic), partition);
    }

    /// Everything a reader may read now, in pieces.
    List<Reader.Entry> readAll(Reader reader, int maxBytes) {
        List<Reader.Entry> entries = new ArrayList<>();
        long offset = reader.startOffset();
        while (offset < reader.endOffset()) {
            CompletionStage<Reader.ReadResult> reading = reader.read(offset, maxBytes);
            Reader.ReadResult result = rig.await(reading);
            if (result.damage() != null || result.nextOffset() <= offset) {
                throw new AssertionError("no way on from " + offset + ": " + result);
            }
            entries.addAll(result.records());
            offset = result.nextOffset();
        }
        return entries;
    }

    List<String> readTexts(String topic, int partition) {
        Reader reader = reader(topic, partition);
        return readAll(reader, 1_000).stream().map(Peer::text).toList();
    }

    static String text(Reader.Entry entry) {
        return StandardCharsets.UTF_8.decode(entry.content().bytes().duplicate()).toString();
    }

    void close() {
        session.close();
        rig.quiesce();
    }
}
