package io.polylog.protocol.kafka;

import io.polylog.broker.Broker;
import io.polylog.message.MessageCodec;
import io.polylog.protocol.kafka.embedded.KafkaGroups;
import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// What all Kafka connections share. Safe from any thread.
final class KafkaNode {
    /// The one node clients see.
    static final int ID = 0;

    /// Of the coordinator's own topic. Groups are spread by hash, so it must never change; each
    /// costs half a megabyte once written.
    private static final int GROUP_PARTITIONS = 1;

    private final Broker broker;
    private final KafkaSettings settings;
    private final Map<Byte, MessageCodec> codecs;
    private volatile @Nullable KafkaGroups groups;
    private boolean closed;

    KafkaNode(Broker broker, KafkaSettings settings, Collection<? extends MessageCodec> codecs) {
        this.broker = broker;
        this.settings = settings;
        this.codecs =
                codecs.stream()
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        MessageCodec::encoding, Function.identity()));
    }

    Broker broker() {
        return broker;
    }

    KafkaSettings settings() {
        return settings;
    }

    /// The codec of what is stored with this tag.
    ///
    /// @throws IllegalStateException if the process knows no such encoding
    MessageCodec codec(byte encoding) {
        MessageCodec codec = codecs.get(encoding);
        if (codec == null) {
            throw new IllegalStateException("no codec for stored encoding " + encoding);
        }
        return codec;
    }

    /// Consumer groups; the first to ask starts their coordinator, in the background.
    KafkaGroups groups() {
        KafkaGroups there = groups;
        if (there != null && !there.hasFailed()) {
            return there;
        }
        synchronized (this) {
            if (closed) {
                throw Errors.COORDINATOR_NOT_AVAILABLE.exception();
            }
            if (groups != null && groups.hasFailed()) {
                groups.close();
                groups = null;
            }
            if (groups == null) {
                groups =
                        new KafkaGroups(
                                broker,
                                () -> new NodeTopics(broker.definitions()),
                                GROUP_PARTITIONS);
            }
            return groups;
        }
    }

    synchronized void close() {
        closed = true;
        if (groups != null) {
            groups.close();
        }
    }
}
