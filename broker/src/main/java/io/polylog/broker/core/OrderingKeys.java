package io.polylog.broker.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.core.Surroundings.Opener;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds the keys that queues tell a message apart by, or keep versions of. Any thread.
final class OrderingKeys {
    private OrderingKeys() {}

    /// The hash for each of the orders, 0 where the message has no such key.
    static int[] hashes(List<KeyOrder> orders, Address address, Content content, Opener opener) {
        return orders.stream().mapToInt(order -> hash(order, address, content, opener)).toArray();
    }

    /// The digest for each of the orders, null where the message has no such key.
    static @Nullable KeyDigest[] digests(
            List<KeyOrder> orders, Address address, Content content, Opener opener) {
        @Nullable KeyDigest[] digests = new KeyDigest[orders.size()];
        for (int i = 0; i < digests.length; i++) {
            digests[i] = digest(orders.get(i), address, content, opener);
        }
        return digests;
    }

    static @Nullable KeyDigest digest(
            KeyOrder order, Address address, Content content, Opener opener) {
        byte @Nullable [] own =
                order.by() == KeySource.RECORD_KEY
                        ? content.envelope().key()
                        : key(order, address, content, opener);
        return own == null ? null : KeyDigest.of(own);
    }

    private static int hash(KeyOrder order, Address address, Content content, Opener opener) {
        byte @Nullable [] key = key(order, address, content, opener);
        return key == null ? 0 : PublishCommand.keyHash(key);
    }

    private static byte @Nullable [] key(
            KeyOrder order, Address address, Content content, Opener opener) {
        return switch (order.by()) {
            // The shard sees the record's own.
            case NOTHING, RECORD_KEY -> null;
            case ROUTING_KEY -> routingKey(address).getBytes(UTF_8);
            case HEADER -> header(order.header(), metadata(address, content, opener));
        };
    }

    /// What an index knows a message by.
    static byte[] subject(Address address) {
        return routingKey(address).getBytes(UTF_8);
    }

    private static String routingKey(Address address) {
        return switch (address) {
            case Address.Direct direct -> {
                String subject = direct.subject();
                yield subject == null ? direct.topic().name() : subject;
            }
            case Address.Subject subject -> subject.subject();
            case Address.Via via -> via.routingKey();
        };
    }

    /// What came to an exchange tells of itself; anything else is opened.
    private static Metadata metadata(Address address, Content content, Opener opener) {
        return address instanceof Address.Via via ? via.metadata() : opener.open(content);
    }

    private static byte @Nullable [] header(String name, Metadata metadata) {
        return switch (metadata.headers().get(name)) {
            case null -> null;
            case byte[] bytes -> bytes;
            case Object value -> value.toString().getBytes(UTF_8);
        };
    }
}
