package io.polylog.admin;

import io.polylog.broker.Binding;
import io.polylog.broker.Definitions;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.Topic;
import io.polylog.message.TopicName;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Which queues and topics dead letters may go to, by what is defined. Stateless; any thread.
final class DeadLetterQueues {
    private static final Comparator<TopicName> ORDER = Comparator.comparing(TopicName::toString);

    private final Definitions definitions;
    private final SortedMap<TopicName, Set<String>> origins = new TreeMap<>(ORDER);

    private DeadLetterQueues(Definitions definitions) {
        this.definitions = definitions;
    }

    /// Each with the names of those whose messages go there.
    static SortedMap<TopicName, Set<String>> of(Definitions definitions) {
        var all = new DeadLetterQueues(definitions);
        for (Topic topic : definitions.topics()) {
            DeadLetters letters = topic.policy().deadLetters();
            if (letters != null) {
                all.follow(topic, letters);
            }
        }
        return all.origins;
    }

    private void follow(Topic from, DeadLetters letters) {
        TopicName name = from.spec().name();
        if (!letters.exchange().isEmpty()) {
            follow(name, letters.exchange(), letters.routingKey(), new HashSet<>());
        } else if (letters.routingKey() != null) {
            add(new TopicName(name.namespace(), letters.routingKey()), name);
        }
    }

    /// What a binding wants of a message is not looked at, but for its key where that is plain.
    private void follow(
            TopicName from, String exchange, @Nullable String key, Set<String> followed) {
        if (!followed.add(exchange)) {
            return;
        }
        Collection<Binding> bindings = definitions.bindingsFrom(from.namespace(), exchange);
        for (Binding binding : bindings) {
            boolean isOther =
                    key != null
                            && isPlain(binding.key())
                            && !binding.key().isEmpty()
                            && !binding.key().equals(key);
            if (isOther) {
                continue;
            }
            if (binding.toExchange()) {
                follow(from, binding.destination(), key, followed);
            } else {
                add(new TopicName(from.namespace(), binding.destination()), from);
            }
        }
    }

    private static boolean isPlain(String key) {
        return key.indexOf('*') < 0 && key.indexOf('#') < 0;
    }

    private void add(TopicName target, TopicName from) {
        if (definitions.topic(target) != null) {
            origins.computeIfAbsent(target, _ -> new TreeSet<>()).add(from.name());
        }
    }
}
