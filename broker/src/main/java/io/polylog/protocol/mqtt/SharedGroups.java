package io.polylog.protocol.mqtt;

import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Which sessions take part in which shared subscriptions: the queue of one goes with the last of
/// them. Any thread.
final class SharedGroups {
    private final ConcurrentHashMap<TopicName, Set<ClientKey>> members = new ConcurrentHashMap<>();

    /// The queue of a shared subscription, named as it is asked for.
    static TopicName queue(String namespace, Filter filter) {
        return new TopicName(namespace, filter.filter());
    }

    void join(TopicName queue, ClientKey who) {
        members.compute(
                queue,
                (_, there) -> {
                    Set<ClientKey> all = there == null ? ConcurrentHashMap.newKeySet() : there;
                    all.add(who);
                    return all;
                });
    }

    void join(SessionRecord record) {
        for (TopicName queue : queues(record)) {
            join(queue, record.key());
        }
    }

    /// Tells whether that was the last one.
    boolean leave(TopicName queue, ClientKey who) {
        return members.computeIfPresent(
                        queue,
                        (_, there) -> {
                            there.remove(who);
                            return there.isEmpty() ? null : there;
                        })
                == null;
    }

    /// The queues of which it was the last.
    List<TopicName> leave(SessionRecord record) {
        List<TopicName> left = new ArrayList<>(0);
        for (TopicName queue : queues(record)) {
            if (leave(queue, record.key())) {
                left.add(queue);
            }
        }
        return left;
    }

    private static List<TopicName> queues(SessionRecord record) {
        return record.filters().stream()
                .filter(Filter::isShared)
                .map(filter -> queue(record.key().namespace(), filter))
                .toList();
    }

    boolean has(TopicName queue) {
        return members.containsKey(queue);
    }
}
