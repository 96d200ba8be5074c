package io.polylog.protocol.kafka;

import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.Broker;
import io.polylog.broker.Definitions;
import io.polylog.broker.InternalStream;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Session;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.message.TopicName;
import io.polylog.security.Principal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// A broker in memory for the adapter's tests: it stores what it is given and refuses when told to.
/// Outcomes of appends can be planted, which the real one offers nobody. Safe from any thread.
final class FakeBroker implements Broker {
    final AtomicLong producerIds = new AtomicLong(1000);

    /// What the next appends to data partitions come to, instead of being stored.
    final List<Outcome> planted = new ArrayList<>();

    private final Map<TopicName, Topic> topics = new TreeMap<>(BY_NAME);
    private final Map<UUID, List<FakePartition>> partitions = new ConcurrentHashMap<>();
    private final Map<String, FakeInternalStream> internal = new ConcurrentHashMap<>();
    private final AtomicLong streams = new AtomicLong();
    private volatile Definitions definitions = new FakeDefinitions(0, Map.of());

    private static final java.util.Comparator<TopicName> BY_NAME =
            java.util.Comparator.comparing(TopicName::toString);

    @Override
    public Session session(Principal principal, Mailbox loop) {
        return new FakeSession(this, loop);
    }

    @Override
    public Definitions definitions() {
        return definitions;
    }

    @Override
    public InternalStream internalStream(String name, int partitions, int partition) {
        return internal(name, partition);
    }

    FakeInternalStream internal(String name, int partition) {
        return internal.computeIfAbsent(name + "-" + partition, key -> new FakeInternalStream());
    }

    synchronized Topic make(TopicSpec spec) {
        Topic there = topics.get(spec.name());
        if (there != null && !replaces(there, spec)) {
            return there.spec().equivalent(spec) ? there : null;
        }
        UUID id = there == null ? UUID.randomUUID() : there.id();
        return put(spec, id, spec.partitions());
    }

    private boolean replaces(Topic there, TopicSpec spec) {
        return there.spec().lifetime().provisional()
                && !spec.lifetime().provisional()
                && partitions.get(there.id()).stream().allMatch(p -> p.end() == 0);
    }

    synchronized Topic alter(
            TopicName name, TopicSpec.Retention retention, Map<String, String> arguments) {
        Topic there = topics.get(name);
        TopicSpec old = there.spec();
        TopicSpec spec =
                new TopicSpec(
                        name, old.form(), old.partitions(), retention, old.lifetime(), arguments);
        return put(spec, there.id(), old.partitions());
    }

    synchronized Topic grow(TopicName name, int total) {
        Topic there = topics.get(name);
        TopicSpec old = there.spec();
        TopicSpec spec =
                new TopicSpec(
                        old.name(),
                        old.form(),
                        total,
                        old.retention(),
                        old.lifetime(),
                        old.arguments());
        return put(spec, there.id(), total);
    }

    private Topic put(TopicSpec spec, UUID id, int count) {
        List<FakePartition> data = new ArrayList<>(partitions.getOrDefault(id, List.of()));
        List<Topic.Partition> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i >= data.size()) {
                data.add(new FakePartition());
            }
            numbers.add(new Topic.Partition(i, streams.incrementAndGet(), 0));
        }
        Topic topic = new Topic(spec, id, numbers, System.currentTimeMillis(), 0);
        partitions.put(id, data);
        topics.put(spec.name(), topic);
        publish();
        return topic;
    }

    synchronized boolean drop(TopicName name) {
        Topic gone = topics.remove(name);
        if (gone != null) {
            partitions.remove(gone.id());
            publish();
        }
        return gone != null;
    }

    private void publish() {
        definitions = new FakeDefinitions(definitions.version() + 1, new HashMap<>(topics));
    }

    FakePartition partition(TopicName name, int number) {
        Topic topic = definitions.topic(name);
        return topic == null ? null : partitions.get(topic.id()).get(number);
    }
}
