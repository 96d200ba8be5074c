package io.polylog.protocol.nats.jetstream.feeds;

import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Session;
import io.polylog.protocol.nats.jetstream.streams.Republishing;
import io.polylog.protocol.nats.jetstream.streams.Retiring;
import io.polylog.protocol.nats.jetstream.streams.SourceConfig;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import io.polylog.protocol.nats.jetstream.streams.Streams;
import io.polylog.protocol.nats.jetstream.streams.SubjectTransform;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What flows out of streams by itself: into others that they mirror or are sources of, and to
/// subjects where it is published anew. On the home loop.
public final class Feeds {
    private final Session session;
    private final Streams streams;
    private final Feed.Tools tools;
    private final Begin republishing;

    /// The topics that there were last time.
    private Set<UUID> known = Set.of();

    private final Map<Key, Feed> feeds = new HashMap<>();
    private final Map<Key, Republishing> republishers = new HashMap<>();
    private long version = -1;

    /// @param stream the topic that is filled, or read
    /// @param what says what it does
    private record Key(UUID stream, String what) {}

    /// Begins to publish what a stream stores.
    @FunctionalInterface
    public interface Begin {
        Republishing of(StreamTopic stream, SubjectTransform transform, Start from);
    }

    public Feeds(Session session, Streams streams, Feed.Tools tools, Begin republishing) {
        this.session = session;
        this.streams = streams;
        this.tools = tools;
        this.republishing = republishing;
    }

    /// Begins what is to flow and ends what is not, and looks after the rest.
    public void tick() {
        long now = session.definitions().version();
        if (now != version) {
            reconcile();
            version = now;
            known =
                    streams.all().stream()
                            .map(stream -> stream.topic().id())
                            .collect(Collectors.toSet());
        }
        feeds.values().forEach(Feed::tick);
    }

    private void reconcile() {
        Set<Key> wanted = new HashSet<>();
        for (StreamTopic stream : streams.all()) {
            for (SourceConfig source : stream.config().feeds()) {
                Key key = new Key(stream.topic().id(), source.members().toString());
                wanted.add(key);
                feeds.computeIfAbsent(key, _ -> new Feed(tools, stream, source));
            }
            SubjectTransform transform = stream.config().republish(tools.uniqueNames());
            if (transform != null) {
                String what = stream.config().members().path("republish").toString();
                Key key = new Key(stream.topic().id(), what);
                wanted.add(key);
                Start from = isNew(stream) ? Start.Edge.FIRST : Start.Edge.NEXT;
                republishers.computeIfAbsent(key, _ -> republishing.of(stream, transform, from));
            }
        }
        Retiring.unwanted(feeds, wanted::contains, Feed::end);
        Retiring.unwanted(republishers, wanted::contains, Republishing::end);
    }

    /// Whether it was made since it was looked for streams last, and not before a restart.
    private boolean isNew(StreamTopic stream) {
        return version >= 0 && !known.contains(stream.topic().id());
    }

    /// Adds to what is told of a stream what it is filled from.
    public void tell(StreamTopic stream, ObjectNode info) {
        List<SourceConfig> sources = stream.config().sources();
        SourceConfig mirror = stream.config().mirror();
        if (mirror != null) {
            info.set("mirror", told(stream, mirror));
        }
        if (!sources.isEmpty()) {
            ArrayNode all = info.putArray("sources");
            sources.forEach(each -> all.add(told(stream, each)));
        }
    }

    private ObjectNode told(StreamTopic stream, SourceConfig source) {
        @Nullable Feed feed = feeds.get(new Key(stream.topic().id(), source.members().toString()));
        return (feed == null ? new Feed(tools, stream, source) : feed).told(session);
    }
}
