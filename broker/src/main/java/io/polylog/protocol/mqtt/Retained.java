package io.polylog.protocol.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The last message of each topic that was published to be retained: in a durable topic of each
/// namespace, keyed by subject, with an index of offsets in memory. The index is brought up to the
/// topic's end before anybody is answered from it, so that whoever subscribes after a publish was
/// acknowledged gets it. On the home loop, but for what says otherwise.
final class Retained {
    /// Messages are given out in parts of so many, and of so many bytes.
    static final int PART = 64;

    private static final int PART_BYTES = 256 << 10;
    private static final int MS_PER_SECOND = 1000;

    private final Home home;
    private final Map<String, Space> spaces = new HashMap<>(1);

    /// One namespace's.
    private static final class Space {
        final Reader reader;
        final RetainedTrie trie = new RetainedTrie();
        CompletionStage<Long> read = CompletableFuture.completedFuture(0L);

        Space(Reader reader) {
            this.reader = reader;
        }
    }

    /// Messages to a new subscriber, in their stored form.
    ///
    /// @param left offsets that are still to be read
    record Part(List<ByteBuffer> messages, List<Long> left) {}

    Retained(Home home) {
        this.home = home;
    }

    /// The topic that keeps them. Any thread.
    static KeyedTopic topic(String namespace) {
        return new KeyedTopic(new TopicName(namespace, "$mqtt/retained"));
    }

    /// What retains a message, or ends what was retained where it has no payload. Any thread.
    static Publication publication(String namespace, String topic, Content content, boolean empty) {
        byte[] key = TopicNames.subject(topic).getBytes(UTF_8);
        KeyedTopic to = topic(namespace);
        return empty
                ? to.remove(key, content.bytes())
                : to.put(key, content.bytes(), content.envelope().timeToLiveMs());
    }

    /// Where the messages lie that a filter fits, of all that was stored until now.
    CompletionStage<List<Long>> matching(String namespace, String filter) {
        Space space = space(namespace);
        if (space == null) {
            return CompletableFuture.completedFuture(List.of());
        }
        return caughtUp(space)
                .thenApply(_ -> {
                    List<Long> offsets = new ArrayList<>();
                    space.trie.match(filter, offsets::add);
                    offsets.sort(null);
                    return offsets;
                });
    }

    private @Nullable Space space(String namespace) {
        Space there = spaces.get(namespace);
        Session session = home.session();
        if (there == null && topic(namespace).isThere(session)) {
            there = new Space(session.reader(topic(namespace).name(), 0));
            spaces.put(namespace, there);
        }
        return there;
    }

    /// One reading after the other.
    private static CompletionStage<Long> caughtUp(Space space) {
        space.read =
                space.read.thenCompose(from ->
                        KeyedTopic.scan(space.reader, from, entry -> take(space.trie, entry)));
        return space.read;
    }

    private static void take(RetainedTrie trie, Reader.Entry entry) {
        byte[] key = entry.content().envelope().key();
        if (key == null || entry.content().encoding() != MqttMapping.ENCODING) {
            return;
        }
        String topic = TopicNames.topic(new String(key, UTF_8));
        if (entry.content().envelope().tombstone()) {
            trie.remove(topic);
        } else {
            trie.put(topic, entry.offset());
        }
    }

    /// Reads some of the messages that [#matching] found; what was superseded since is not there.
    CompletionStage<Part> read(String namespace, List<Long> offsets) {
        Space space = space(namespace);
        CompletableFuture<Part> done = new CompletableFuture<>();
        if (space == null) {
            done.complete(new Part(List.of(), List.of()));
        } else {
            read(space.reader, offsets, 0, new ArrayList<>(), done);
        }
        return done;
    }

    private void read(
            Reader reader,
            List<Long> offsets,
            int at,
            List<ByteBuffer> found,
            CompletableFuture<Part> done) {
        int bytes = found.stream().mapToInt(ByteBuffer::remaining).sum();
        if (at == offsets.size() || at == PART || bytes > PART_BYTES) {
            done.complete(new Part(found, offsets.subList(at, offsets.size())));
            return;
        }
        long offset = offsets.get(at);
        reader.read(offset, 1)
                .whenComplete((read, failed) -> {
                    if (failed != null) {
                        done.completeExceptionally(failed);
                        return;
                    }
                    read.records().stream()
                            .filter(entry -> entry.offset() == offset)
                            .forEach(entry -> add(entry, found));
                    read(reader, offsets, at + 1, found, done);
                });
    }

    private void add(Reader.Entry entry, List<ByteBuffer> found) {
        MqttContent message = new MqttContent().wrap(entry.content().bytes());
        long seconds = message.expirySeconds();
        if (seconds >= 0) {
            long waitedMs = home.wallMs() - entry.timeMs();
            seconds -= waitedMs / MS_PER_SECOND;
            if (seconds <= 0) {
                return;
            }
        }
        found.add(message.kept(seconds));
    }
}
