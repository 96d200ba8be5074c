package io.polylog.protocol.kafka;

import io.polylog.broker.Definitions;
import io.polylog.broker.Reader;
import io.polylog.broker.Topic;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// The partitions a connection reads, each opened once. On the connection's loop.
final class PartitionReaders {
    private final KafkaConnection connection;
    private final Map<Key, Reader> readers = new HashMap<>();
    private long version = -1;

    private record Key(UUID topic, int partition) {}

    PartitionReaders(KafkaConnection connection) {
        this.connection = connection;
    }

    /// The reader of a partition that exists.
    Reader of(Topic topic, int partition) {
        forgetDeleted();
        return readers.computeIfAbsent(
                new Key(topic.id(), partition),
                key -> connection.session().reader(topic.spec().name(), partition));
    }

    private void forgetDeleted() {
        Definitions definitions = connection.session().definitions();
        if (definitions.version() == version) {
            return;
        }
        version = definitions.version();
        readers.entrySet()
                .removeIf(entry -> {
                    boolean gone = definitions.topic(entry.getKey().topic) == null;
                    if (gone) {
                        entry.getValue().close();
                    }
                    return gone;
                });
    }

    void close() {
        readers.values().forEach(Reader::close);
        readers.clear();
    }
}
