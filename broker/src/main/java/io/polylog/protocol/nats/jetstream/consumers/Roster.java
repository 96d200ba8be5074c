package io.polylog.protocol.nats.jetstream.consumers;

import io.polylog.broker.Interest;
import io.polylog.broker.Session;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The consumers of one stream. Most are stored, each as a note with the subscription that carries
/// it, and only the note's text is kept here: there may be thousands that nobody uses. The others
/// live in memory alone. On the home loop.
public final class Roster {
    private final int partition;
    private final TreeMap<String, String> stored = new TreeMap<>();
    private final Map<String, ConsumerRecord> passing = new HashMap<>();

    /// How far those came that rest.
    private final Map<String, StreamConsumer.Progress> resting = new HashMap<>();

    private Roster(int partition) {
        this.partition = partition;
    }

    /// Reads what is stored of a stream's.
    static CompletionStage<Roster> read(Session session, StreamTopic stream) {
        return session.subscriptions(stream.topicName())
                .thenApply(all -> {
                    Roster roster = new Roster(stream.partition());
                    all.values().stream().map(Interest::note).forEach(roster::know);
                    return roster;
                });
    }

    private void know(String note) {
        ConsumerRecord.Noted noted = ConsumerRecord.Noted.read(note);
        if (noted != null && noted.partition() == partition) {
            stored.put(noted.record().name(), note);
        }
    }

    /// Their names, in order.
    public List<String> names() {
        TreeSet<String> names = new TreeSet<>(stored.keySet());
        names.addAll(passing.keySet());
        return List.copyOf(names);
    }

    /// All of them, by name.
    public List<ConsumerRecord> records() {
        return names().stream().map(this::known).toList();
    }

    private ConsumerRecord known(String name) {
        ConsumerRecord record = record(name);
        if (record == null) {
            throw new IllegalStateException(name);
        }
        return record;
    }

    @Nullable ConsumerRecord record(String name) {
        String note = stored.get(name);
        ConsumerRecord.Noted noted = note == null ? null : ConsumerRecord.Noted.read(note);
        return noted == null ? passing.get(name) : noted.record();
    }

    public int count() {
        return stored.size() + passing.size();
    }

    public int countStored() {
        return stored.size();
    }

    public int countPassing() {
        return passing.size();
    }

    /// It is there from now on, as this.
    void put(ConsumerRecord record) {
        if (record.isRemembered()) {
            stored.put(record.name(), record.note(partition, 0));
        } else {
            passing.put(record.name(), record);
        }
    }

    void remove(String name) {
        stored.remove(name);
        passing.remove(name);
        resting.remove(name);
    }

    /// One that lives in memory alone has ended.
    void forget(String name) {
        passing.remove(name);
    }

    /// One that nobody uses rests.
    void rest(String name, StreamConsumer.Progress progress) {
        resting.put(name, progress);
    }

    /// One does not rest any more.
    ///
    /// @return how far it came; null where that is not known
    StreamConsumer.@Nullable Progress wake(String name) {
        return resting.remove(name);
    }
}
