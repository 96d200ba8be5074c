package io.polylog.protocol.nats.jetstream.feeds;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.Settlement;
import io.polylog.broker.Transaction;
import io.polylog.broker.Transaction.Settled;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsHeaders;
import io.polylog.protocol.nats.NatsMapping;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.publishing.Counters;
import io.polylog.protocol.nats.jetstream.streams.SourceConfig;
import io.polylog.protocol.nats.jetstream.streams.StoredMessages;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import io.polylog.protocol.nats.jetstream.streams.Streams;
import io.polylog.protocol.nats.jetstream.streams.SubjectTransform;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Fills a stream from another: what a named subscription of that one delivers is published and
/// settled in one transaction, so each message comes once, whatever happens. Goes on after a
/// restart; tries again where the other stream is not there. A mirror has the other's sequences:
/// those that are gone there it leaves out. On the home loop.
public final class Feed implements DeliveryListener {
    private static final int AT_ONCE = 256;
    private static final long MOST_BYTES = 8L << 20;
    private static final long RETRY_MS = 1000;

    private final Tools tools;
    private final StreamTopic target;
    private final SourceConfig source;
    private final boolean mirrors;
    private final List<SubjectTransform> transforms;
    private final Deque<Delivery> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private @Nullable Session session;
    private @Nullable Consumer consumer;
    private boolean opening;
    private boolean busy;
    private boolean stopped;
    private boolean ended;
    private long retryMs;
    private long activeMs = -1;

    /// One past the newest offset of the other stream that was looked at.
    private long seen = -1;

    /// The offset that the next message gets here; of a mirror only.
    private long next;

    /// How many messages are to be published one by one: they failed together, and what comes
    /// before the one that cannot be stored can.
    private int apart;

    private @Nullable String error;

    /// What all feeds share.
    ///
    /// @param sessions gives a new one on the home loop
    /// @param wallMs milliseconds since 1970
    public record Tools(
            Supplier<Session> sessions,
            Streams streams,
            StoredMessages stored,
            Counters counters,
            Executor home,
            Supplier<String> uniqueNames,
            LongSupplier wallMs) {}

    Feed(Tools tools, StreamTopic target, SourceConfig source) {
        this.tools = tools;
        this.target = target;
        this.source = source;
        mirrors = target.config().mirror() != null;
        transforms = source.transforms(tools.uniqueNames);
    }

    // Beginning and ending -----------------------------------------------------------------------

    /// Begins where it has not, and it is time.
    void tick() {
        if (consumer == null && !opening && !ended && tools.wallMs.getAsLong() >= retryMs) {
            open();
        }
    }

    private @Nullable StreamTopic origin() {
        return tools.streams.there(new TopicName(target.topicName().namespace(), source.name()));
    }

    /// Unlike that of any other stream, also of this name.
    private String subscription() {
        String text = target.topic().id() + " " + source.index();
        return "feed-" + UUID.nameUUIDFromBytes(text.getBytes(UTF_8));
    }

    private void open() {
        StreamTopic origin = origin();
        if (origin == null) {
            failed("stream not found");
            return;
        }
        opening = true;
        Session own = tools.sessions.get();
        session = own;
        ConsumeSpec spec =
                new ConsumeSpec(
                        origin.subscription(subscription()),
                        false,
                        false,
                        0,
                        AT_ONCE,
                        source.start(),
                        null);
        if (mirrors) {
            Reader reader = target.reader(own);
            next = reader.endOffset();
            reader.close();
        }
        own.consume(spec, this)
                .whenComplete((made, refused) -> {
                    opening = false;
                    if (refused != null) {
                        failed(String.valueOf(BrokerException.reason(refused).getMessage()));
                    } else if (ended) {
                        own.close("the feed ended");
                    } else {
                        consumer = made;
                        error = null;
                    }
                });
    }

    /// Tries again later.
    private void failed(String why) {
        error = why;
        retryMs = tools.wallMs.getAsLong() + RETRY_MS;
        close();
    }

    private void close() {
        Session own = session;
        session = null;
        consumer = null;
        waiting.clear();
        waitingBytes = 0;
        busy = false;
        stopped = false;
        if (own != null) {
            own.close("the feed ended");
        }
    }

    /// Ends for good: the other stream forgets it.
    void end() {
        ended = true;
        StreamTopic origin = origin();
        close();
        if (origin != null) {
            Session last = tools.sessions.get();
            last.deleteSubscription(origin.subscription(subscription()))
                    .whenComplete((_, _) -> last.close("the feed ended"));
        }
    }

    // What is delivered --------------------------------------------------------------------------

    @Override
    public long ackTimeoutMs() {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean deliver(Delivery delivery) {
        waiting.add(delivery.copied());
        waitingBytes += delivery.content().bytes().remaining();
        if (waiting.size() == 1 && !busy) {
            Session now = session;
            tools.home.execute(() -> {
                if (now != null && now.equals(session)) {
                    store();
                }
            });
        }
        stopped = waitingBytes > MOST_BYTES;
        return !stopped;
    }

    @Override
    public void paused() {}

    @Override
    public void cancelled() {
        failed("stream not found");
    }

    @Override
    public void failed(BrokerException why) {
        failed(String.valueOf(why.getMessage()));
    }

    private void store() {
        Session own = session;
        if (busy || waiting.isEmpty() || own == null) {
            return;
        }
        busy = true;
        long gap = mirrors ? waiting.getFirst().offset() - next : 0;
        CompletionStage<?> done =
                gap > 0
                        ? own.skip(target.topicName(), 0, next + gap).thenAccept(end -> next = end)
                        : publish(own);
        done.whenComplete((_, refused) -> {
            if (!own.equals(session)) {
                return;
            }
            busy = false;
            if (refused != null) {
                failed(String.valueOf(BrokerException.reason(refused).getMessage()));
                return;
            }
            activeMs = tools.wallMs.getAsLong();
            if (stopped && waitingBytes <= MOST_BYTES && consumer != null) {
                stopped = false;
                consumer.resume();
            }
            store();
        });
    }

    private CompletionStage<?> publish(Session own) {
        List<Publication> messages = new ArrayList<>();
        List<Settled> settled = new ArrayList<>();
        long at = next;
        int most = apart > 0 ? 1 : AT_ONCE;
        while (!waiting.isEmpty()
                && settled.size() < most
                && (!mirrors || waiting.getFirst().offset() <= at)) {
            Delivery each = waiting.remove();
            waitingBytes -= each.content().bytes().remaining();
            Publication message = message(each);
            if (message != null && (!mirrors || each.offset() == at)) {
                messages.add(message);
                at++;
            }
            settled.add(new Settled(each, Settlement.ACCEPT));
            seen = each.offset() + 1;
        }
        long then = at;
        Transaction all = new Transaction(messages, settled, true);
        boolean counts = target.config().flag("allow_msg_counter") && !messages.isEmpty();
        return (counts ? tools.counters.fill(target, own, all) : own.transact(all))
                .whenComplete((_, refused) -> {
                    if (refused == null) {
                        next = then;
                        apart = Math.max(0, apart - settled.size());
                    } else {
                        apart = Math.max(apart, settled.size());
                    }
                });
    }

    private Address address(String subject) {
        return new Address.Direct(target.topicName(), 0, NatsSubjects.neutral(subject));
    }

    /// What a message becomes here; null where it is not wanted.
    private @Nullable Publication message(Delivery delivery) {
        NatsContent message = tools.stored.open(delivery, source.name());
        String subject = source.subject(message.subject(), transforms);
        if (subject == null) {
            return null;
        }
        byte[] headers = message.headers();
        Replaces replaces = Replaces.NOTHING;
        if (headers.length > 0 && target.config().flag("allow_rollup_hdrs")) {
            replaces = replaces(NatsHeaders.read(headers));
        }
        if (!mirrors) {
            String from = source.header(delivery.offset() + 1, message.subject());
            headers =
                    NatsHeaders.with(
                            NatsHeaders.without(headers, Feed::isOfOrigin),
                            SourceConfig.HEADER,
                            from);
        }
        Content content =
                new Content(
                        NatsMapping.ENCODING,
                        delivery.content().envelope(),
                        NatsContent.of(subject, message.reply(), headers, message.payload()));
        return new Publication(address(subject), content).replacing(replaces);
    }

    /// Whether a header is about the stream that a message comes from.
    private static boolean isOfOrigin(String header) {
        return header.equals(SourceConfig.HEADER)
                || header.startsWith("Nats-Expected-")
                || header.startsWith("Nats-Batch-");
    }

    private static Replaces replaces(NatsHeaders headers) {
        String rollup = headers.first("Nats-Rollup");
        return switch (rollup == null ? "" : rollup.toLowerCase(Locale.ROOT)) {
            case "sub" -> Replaces.KEY;
            case "all" -> Replaces.STREAM;
            default -> Replaces.NOTHING;
        };
    }

    // What is told of it -------------------------------------------------------------------------

    ObjectNode told(Session asking) {
        ObjectNode told = Json.object();
        told.put("name", source.name());
        told.put("lag", lag(asking));
        long ago = tools.wallMs.getAsLong() - activeMs;
        told.put("active", activeMs < 0 ? -1 : TimeUnit.MILLISECONDS.toNanos(ago));
        for (String member : List.of("filter_subject", "subject_transforms")) {
            JsonNode value = source.members().path(member);
            if (!value.isMissingNode()) {
                told.set(member, value);
            }
        }
        if (error != null) {
            told.putObject("error")
                    .put("code", 404)
                    .put("err_code", 10059)
                    .put("description", error);
        }
        return told;
    }

    /// Messages that are there and have not come.
    private long lag(Session asking) {
        StreamTopic origin = origin();
        if (origin == null || seen < 0) {
            return 0;
        }
        Reader reader = origin.reader(asking);
        long lag = Math.max(0, reader.endOffset() - seen);
        reader.close();
        return lag;
    }
}
