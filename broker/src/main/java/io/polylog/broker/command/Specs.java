package io.polylog.broker.command;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.ExchangeSpec.HashOn;
import io.polylog.broker.Filter;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Compaction;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Kept;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.OwnTime;
import io.polylog.broker.TopicSpec.PerSubject;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Topics, exchanges and bindings inside a head or cell. What most have in common is one object
/// after decoding, so that a hundred thousand queues do not hold a hundred thousand copies.
public final class Specs {
    private static final List<Form> FORMS = List.of(Form.BATCHES, Form.MESSAGES);
    private static final List<ExchangeSpec.Kind> KINDS =
            List.of(
                    ExchangeSpec.Kind.DIRECT,
                    ExchangeSpec.Kind.FANOUT,
                    ExchangeSpec.Kind.TOPIC,
                    ExchangeSpec.Kind.HEADERS,
                    ExchangeSpec.Kind.HASH,
                    ExchangeSpec.Kind.MODULUS,
                    ExchangeSpec.Kind.RANDOM);
    private static final List<HashOn.Known> HASHED =
            List.of(
                    HashOn.Known.ROUTING_KEY,
                    HashOn.Known.CORRELATION_ID,
                    HashOn.Known.MESSAGE_ID,
                    HashOn.Known.TIMESTAMP);

    /// Stands for a header, whose name follows.
    private static final int HASHED_HEADER = 255;

    /// Bits behind the lifetime; version 1 has the first only.
    private static final int PROVISIONAL = 1;

    private static final int POLICY = 2;

    /// Bits of what is kept.
    private static final int COMPACTED = 1;

    private static final int REMOVABLE = 2;
    private static final int PER_SUBJECT = 4;
    private static final int REFUSES = 8;
    private static final int OWN_TIME = 16;
    private static final int KEPT = 32;

    private Specs() {}

    static void encode(HeadWriter out, UUID id) {
        out.fixed(id.getMostSignificantBits()).fixed(id.getLeastSignificantBits());
    }

    static UUID id(HeadReader in) {
        return new UUID(in.fixed(), in.fixed());
    }

    static void encode(HeadWriter out, TopicName name) {
        out.text(name.namespace()).text(name.name());
    }

    static TopicName name(HeadReader in) {
        return new TopicName(namespace(in), in.text());
    }

    static String namespace(HeadReader in) {
        String read = in.text();
        return read.equals(TopicName.DEFAULT_NAMESPACE) ? TopicName.DEFAULT_NAMESPACE : read;
    }

    static void encode(HeadWriter out, TopicSpec spec) {
        encode(out, spec.name());
        Lifetime lifetime = spec.lifetime();
        out.octet(FORMS.indexOf(spec.form())).number(spec.partitions());
        encode(out, spec.retention());
        out.flag(lifetime.durable()).flag(lifetime.autoDelete()).flag(lifetime.exclusive());
        boolean hasPolicy = !spec.policy().equals(QueuePolicy.NONE);
        out.flag(lifetime.listed());
        out.octet((lifetime.provisional() ? PROVISIONAL : 0) | (hasPolicy ? POLICY : 0));
        if (hasPolicy) {
            Policies.encode(out, spec.policy());
        }
        encode(out, spec.arguments());
    }

    static TopicSpec topicSpec(HeadReader in) {
        TopicName name = name(in);
        Form form = FORMS.get(in.octet());
        int partitions = in.integer();
        Retention retention = retention(in);
        boolean durable = in.flag();
        boolean autoDelete = in.flag();
        boolean exclusive = in.flag();
        boolean listed = in.flag();
        int last = in.octet();
        boolean provisional = (last & PROVISIONAL) != 0;
        return new TopicSpec(
                name,
                form,
                partitions,
                retention,
                shared(new Lifetime(durable, autoDelete, exclusive, listed, provisional)),
                (last & POLICY) != 0 ? Policies.decode(in) : QueuePolicy.NONE,
                arguments(in));
    }

    /// What a broker has to know to read it: 0 for the oldest, 1 where single messages can be
    /// removed, 2 where more of a subject are refused, messages go at their own time, subscriptions
    /// say what stays, or it begins later.
    static int level(TopicSpec spec) {
        return spec.policy().admission().firstOffset() > 0 ? 2 : level(spec.retention());
    }

    /// As far as what it keeps says.
    static int level(Retention retention) {
        boolean newest =
                retention.perSubject().refuses()
                        || retention.ownTime() != OwnTime.IGNORED
                        || retention.kept() != Kept.ALWAYS;
        return newest ? 2 : retention.removable() ? 1 : 0;
    }

    static void encode(HeadWriter out, Retention retention) {
        out.signed(retention.maxAgeMs()).signed(retention.maxBytes());
        Compaction compaction = retention.compaction();
        out.flag(retention.untilSettled());
        out.octet(
                (compaction != null ? COMPACTED : 0)
                        | (retention.removable() ? REMOVABLE : 0)
                        | (retention.perSubject().isNone() ? 0 : PER_SUBJECT)
                        | (retention.perSubject().refuses() ? REFUSES : 0)
                        | (retention.ownTime() == OwnTime.IGNORED ? 0 : OWN_TIME)
                        | (retention.kept() == Kept.ALWAYS ? 0 : KEPT));
        if (compaction != null) {
            out.number(compaction.lagMs()).number(compaction.tombstoneMs());
            out.number(compaction.dirtyPercent());
        }
        if (!retention.perSubject().isNone()) {
            out.number(retention.perSubject().most());
        }
        if (retention.ownTime() != OwnTime.IGNORED) {
            encode(out, retention.ownTime());
        }
        if (retention.kept() != Kept.ALWAYS) {
            encode(out, retention.kept());
        }
    }

    /// Inside a head or cell.
    public static void encode(HeadWriter out, Kept kept) {
        out.octet(Kept.ALL.indexOf(kept));
    }

    public static Kept kept(HeadReader in) {
        return Kept.ALL.get(in.octet());
    }

    /// Inside a head or cell.
    public static void encode(HeadWriter out, OwnTime ownTime) {
        out.octet(OwnTime.ALL.indexOf(ownTime));
    }

    public static OwnTime ownTime(HeadReader in) {
        return OwnTime.ALL.get(in.octet());
    }

    private static Compaction compaction(HeadReader in) {
        return new Compaction(in.number(), in.number(), in.integer());
    }

    static Retention retention(HeadReader in) {
        long maxAgeMs = in.signed();
        long maxBytes = in.signed();
        boolean untilSettled = in.flag();
        int bits = in.octet();
        Compaction compaction = (bits & COMPACTED) != 0 ? compaction(in) : null;
        boolean removable = (bits & REMOVABLE) != 0;
        boolean refuses = (bits & REFUSES) != 0;
        PerSubject perSubject =
                (bits & PER_SUBJECT) != 0 ? new PerSubject(in.number(), refuses) : PerSubject.ALL;
        OwnTime ownTime = (bits & OWN_TIME) != 0 ? ownTime(in) : OwnTime.IGNORED;
        Kept kept = (bits & KEPT) != 0 ? kept(in) : Kept.ALWAYS;
        Retention read =
                new Retention(
                        maxAgeMs,
                        maxBytes,
                        untilSettled,
                        compaction,
                        removable,
                        perSubject,
                        ownTime,
                        kept);
        return read.equals(Retention.QUEUE) ? Retention.QUEUE : read;
    }

    private static Lifetime shared(Lifetime read) {
        return read.equals(Lifetime.DURABLE) ? Lifetime.DURABLE : read;
    }

    static void encode(HeadWriter out, Map<String, String> arguments) {
        out.number(arguments.size());
        arguments.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> out.text(entry.getKey()).text(entry.getValue()));
    }

    static Map<String, String> arguments(HeadReader in) {
        int count = in.integer();
        Map<String, String> arguments = new HashMap<>();
        for (int i = 0; i < count; i++) {
            arguments.put(in.text(), in.text());
        }
        return Map.copyOf(arguments);
    }

    public static void encode(HeadWriter out, Topic topic) {
        encode(out, topic.spec());
        encode(out, topic.id());
        out.number(topic.createdAtMs()).number(topic.owner()).number(topic.partitions().size());
        for (Topic.Partition partition : topic.partitions()) {
            out.number(partition.stream()).number(partition.shard());
        }
    }

    public static Topic topic(HeadReader in) {
        TopicSpec spec = topicSpec(in);
        UUID id = id(in);
        long createdAtMs = in.number();
        long owner = in.number();
        int count = in.integer();
        List<Topic.Partition> partitions = new ArrayList<>(count);
        for (int number = 0; number < count; number++) {
            partitions.add(new Topic.Partition(number, in.number(), in.integer()));
        }
        return new Topic(spec, id, partitions, createdAtMs, owner);
    }

    public static void encode(HeadWriter out, ExchangeSpec spec) {
        out.text(spec.namespace()).text(spec.name()).octet(KINDS.indexOf(spec.kind()));
        out.flag(spec.durable()).flag(spec.autoDelete()).flag(spec.closed());
        out.optionalText(spec.alternate());
        if (spec.kind() == ExchangeSpec.Kind.HASH) {
            encode(out, spec.hashOn());
        }
        encode(out, spec.arguments());
    }

    public static ExchangeSpec exchange(HeadReader in) {
        String namespace = namespace(in);
        String name = in.text();
        ExchangeSpec.Kind kind = KINDS.get(in.octet());
        return new ExchangeSpec(
                namespace,
                name,
                kind,
                in.flag(),
                in.flag(),
                in.flag(),
                in.optionalText(),
                kind == ExchangeSpec.Kind.HASH ? hashOn(in) : HashOn.Known.ROUTING_KEY,
                arguments(in));
    }

    private static void encode(HeadWriter out, HashOn hashOn) {
        switch (hashOn) {
            case HashOn.Known known -> out.octet(HASHED.indexOf(known));
            case HashOn.Header header -> out.octet(HASHED_HEADER).text(header.name());
        }
    }

    private static HashOn hashOn(HeadReader in) {
        int code = in.octet();
        return code == HASHED_HEADER ? new HashOn.Header(in.text()) : HASHED.get(code);
    }

    /// Inside a head or cell.
    ///
    /// @param filtered whether it has a filter, which is written then
    public static void encode(HeadWriter out, Binding binding, boolean filtered) {
        out.text(binding.namespace()).text(binding.exchange()).flag(binding.toExchange());
        out.text(binding.destination()).text(binding.key());
        FieldValues.encodeMap(out, binding.match());
        if (filtered) {
            Policies.encode(out, binding.filter());
        }
    }

    public static Binding binding(HeadReader in, boolean filtered) {
        return new Binding(
                namespace(in),
                in.text(),
                in.flag(),
                in.text(),
                in.text(),
                FieldValues.decodeMap(in),
                filtered ? Policies.filter(in) : Filter.NONE);
    }
}
