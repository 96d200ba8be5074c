package io.polylog.protocol.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Definitions;
import io.polylog.broker.DeliveredMessages;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.SubjectView;
import io.polylog.message.MessageCodec;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The last message of each topic that was published to be retained: in a topic that has the last
/// values of its subject ([Definitions#lastValues]), else in a durable topic of each namespace,
/// keyed by subject, with an index of offsets in memory. The index is brought up to the topic's end
/// before anybody is answered from it, so that whoever subscribes after a publish was acknowledged
/// gets it. On the home loop, but for what says otherwise.
final class Retained {
    /// Messages are given out in parts of so many, and of so many bytes.
    static final int PART = 64;

    private static final int PART_BYTES = 256 << 10;
    private static final int MS_PER_SECOND = 1000;
    private static final int PAGE = 1000;

    private final Home home;
    private final DeliveredMessages others;
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

    /// Where a message lies.
    record Place(TopicName topic, long offset) {}

    /// Messages to a new subscriber, in their stored form.
    ///
    /// @param left what is still to be read
    record Part(List<ByteBuffer> messages, List<Place> left) {}

    /// @param codecs of other protocols, by encoding
    Retained(Home home, Map<Byte, MessageCodec> codecs) {
        this.home = home;
        others = new DeliveredMessages(codecs);
    }

    /// The topic that keeps them. Any thread.
    static KeyedTopic topic(String namespace) {
        return new KeyedTopic(new TopicName(namespace, "$mqtt/retained"));
    }

    /// What retains a message, or ends what was retained where it has no payload; null where
    /// another topic has the last value of its subject, which the message itself is. Any thread.
    static @Nullable Publication publication(
            Definitions definitions,
            String namespace,
            String topic,
            Content content,
            boolean empty) {
        String subject = TopicNames.subject(topic);
        if (definitions.lastValue(namespace, subject) != null) {
            return null;
        }
        byte[] key = subject.getBytes(UTF_8);
        KeyedTopic to = topic(namespace);
        return empty
                ? to.remove(key, content.bytes())
                : to.put(key, content.bytes(), content.envelope().timeToLiveMs());
    }

    /// Where the messages lie that a filter fits, of all that was stored until now.
    CompletionStage<List<Place>> matching(String namespace, String filter) {
        CompletionStage<List<Place>> all = own(namespace, filter);
        for (TopicName topic : home.session().definitions().lastValues(namespace)) {
            all = all.thenCompose(places -> addLastValues(topic, filter, null, places));
        }
        return all;
    }

    private CompletionStage<List<Place>> own(String namespace, String filter) {
        List<Place> places = new ArrayList<>();
        Space space = space(namespace);
        if (space == null) {
            return CompletableFuture.completedFuture(places);
        }
        return caughtUp(space)
                .thenApply(_ -> {
                    List<Long> offsets = new ArrayList<>();
                    space.trie.match(filter, offsets::add);
                    offsets.sort(null);
                    TopicName own = topic(namespace).name();
                    offsets.forEach(offset -> places.add(new Place(own, offset)));
                    return places;
                });
    }

    /// Adds what a topic has the last values of.
    private CompletionStage<List<Place>> addLastValues(
            TopicName topic, String filter, @Nullable String after, List<Place> places) {
        SubjectView index;
        try {
            index = home.session().subjects(topic, 0);
        } catch (BrokerException gone) {
            return CompletableFuture.completedFuture(places);
        }
        List<String> patterns = List.of(TopicNames.pattern(filter));
        return index.lastOfEach(patterns, Long.MAX_VALUE, after, PAGE)
                .thenCompose(page -> {
                    for (SubjectView.Last each : page.all()) {
                        boolean wanted =
                                TopicNames.matches(filter, TopicNames.topic(each.subject()))
                                        && topic.equals(lastValue(topic, each.subject()));
                        if (wanted) {
                            places.add(new Place(topic, each.offset()));
                        }
                    }
                    return page.next() == null
                            ? CompletableFuture.completedFuture(places)
                            : addLastValues(topic, filter, page.next(), places);
                });
    }

    private @Nullable TopicName lastValue(TopicName beside, String subject) {
        return home.session().definitions().lastValue(beside.namespace(), subject);
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
    CompletionStage<Part> read(String namespace, List<Place> places) {
        CompletableFuture<Part> done = new CompletableFuture<>();
        read(topic(namespace).name(), places, 0, new ArrayList<>(), done);
        return done;
    }

    /// @param own the topic in which there is what only MQTT retains
    private void read(
            TopicName own,
            List<Place> places,
            int at,
            List<ByteBuffer> found,
            CompletableFuture<Part> done) {
        int bytes = found.stream().mapToInt(ByteBuffer::remaining).sum();
        if (at == places.size() || at == PART || bytes > PART_BYTES) {
            done.complete(new Part(found, places.subList(at, places.size())));
            return;
        }
        Place place = places.get(at);
        Reader reader;
        try {
            reader = home.session().reader(place.topic, 0);
        } catch (BrokerException gone) {
            read(own, places, at + 1, found, done);
            return;
        }
        reader.read(place.offset, 1)
                .whenComplete((read, failed) -> {
                    reader.close();
                    if (failed != null) {
                        done.completeExceptionally(failed);
                        return;
                    }
                    read.records().stream()
                            .filter(entry -> entry.offset() == place.offset)
                            .forEach(entry -> add(place.topic, own, entry, found));
                    read(own, places, at + 1, found, done);
                });
    }

    private void add(TopicName from, TopicName own, Reader.Entry entry, List<ByteBuffer> found) {
        Content content = entry.content();
        ByteBuffer stored =
                content.encoding() == MqttMapping.ENCODING
                        ? content.bytes()
                        : MqttMapping.stored(others.open(content).getFirst(), from.name());
        MqttContent message = new MqttContent().wrap(stored);
        // A binding may have come since it was retained, and the last value is elsewhere.
        boolean superseded =
                from.equals(own) && lastValue(own, TopicNames.subject(message.topic())) != null;
        if (superseded || message.payloadLength() == 0) {
            return;
        }
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
