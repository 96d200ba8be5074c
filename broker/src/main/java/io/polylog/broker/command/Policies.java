package io.polylog.broker.command;

import io.polylog.broker.Filter;
import io.polylog.broker.Interest;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.Growth;
import io.polylog.broker.QueuePolicy.Keep;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.QueuePolicy.Priorities;
import io.polylog.broker.QueuePolicy.Retry;
import io.polylog.broker.QueuePolicy.Returns;
import io.polylog.broker.QueuePolicy.Service;
import java.util.List;

/// A queue's policy inside a head or cell: each part that says something, announced by a bit.
public final class Policies {
    private static final String BETWEEN_SUBJECTS = String.valueOf(Filter.BETWEEN_SUBJECTS);

    private static final int EXPIRY = 1;
    private static final int LIMITS = 2;
    private static final int DEAD_LETTERS = 4;
    private static final int RETRY = 8;
    private static final int SERVICE = 16;
    private static final int KEY_ORDER = 32;
    private static final int ADMISSION = 64;
    private static final int FILTER = 128;
    private static final int KEEP = 256;
    private static final int FAIR_SHARE = 512;

    /// Stands above by what versions are.
    private static final int INDEXED = 128;

    private static final int LATER = 64;

    private static final int SCHEMA = 32;

    /// Which are delayed stands above how the delay grows.
    private static final int RETURNS_SHIFT = 4;

    private Policies() {}

    public static void encode(HeadWriter out, QueuePolicy policy) {
        DeadLetters deadLetters = policy.deadLetters();
        Service service = policy.service();
        KeyOrder keyOrder = service.keyOrder();
        KeyOrder fairShare = service.fairShare();
        Service plain = service.with(KeyOrder.NONE).with(Filter.NONE).sharing(KeyOrder.NONE);
        // A number: the first seven bits are as the octet of before.
        out.number(
                (policy.expiry().equals(Expiry.NEVER) ? 0 : EXPIRY)
                        | (policy.limits().equals(Limits.NONE) ? 0 : LIMITS)
                        | (deadLetters == null ? 0 : DEAD_LETTERS)
                        | (policy.retry().equals(Retry.FOREVER) ? 0 : RETRY)
                        | (plain.equals(Service.PLAIN) ? 0 : SERVICE)
                        | (keyOrder.isNone() ? 0 : KEY_ORDER)
                        | (policy.admission().equals(Admission.FREE) ? 0 : ADMISSION)
                        | (service.filter().isPlain() ? 0 : FILTER)
                        | (policy.keep().isNothing() ? 0 : KEEP)
                        | (fairShare.isNone() ? 0 : FAIR_SHARE));
        if (!policy.expiry().equals(Expiry.NEVER)) {
            out.signed(policy.expiry().messageMs()).signed(policy.expiry().unusedMs());
        }
        if (!policy.limits().equals(Limits.NONE)) {
            Limits limits = policy.limits();
            out.signed(limits.maxCount()).signed(limits.maxBytes());
            out.octet(Overflow.ALL.indexOf(limits.overflow()));
        }
        if (deadLetters != null) {
            out.text(deadLetters.exchange()).optionalText(deadLetters.routingKey());
        }
        if (!policy.retry().equals(Retry.FOREVER)) {
            Retry retry = policy.retry();
            int returns = Returns.ALL_KINDS.indexOf(retry.returns()) << RETURNS_SHIFT;
            out.signed(retry.limit()).octet(Growth.ALL.indexOf(retry.growth()) | returns);
            out.number(retry.minDelayMs()).number(retry.maxDelayMs());
        }
        if (!plain.equals(Service.PLAIN)) {
            out.flag(service.singleActive());
            out.number(service.priorities().levels()).octet(service.priorities().usual());
            out.signed(service.ackTimeoutMs());
        }
        if (!keyOrder.isNone()) {
            encode(out, keyOrder);
        }
        if (!service.filter().isPlain()) {
            encode(out, service.filter());
        }
        if (!fairShare.isNone()) {
            encode(out, fairShare);
        }
        if (!policy.admission().equals(Admission.FREE)) {
            encode(out, policy.admission());
        }
        if (!policy.keep().isNothing()) {
            out.signed(policy.keep().maxAgeMs()).signed(policy.keep().maxBytes());
        }
    }

    private static void encode(HeadWriter out, Admission admission) {
        Deduplication window = admission.deduplication();
        KeyOrder versions = admission.versions();
        out.number(window.spanMs()).number(window.count());
        int indexed = admission.indexed() ? INDEXED : 0;
        long first = admission.firstOffset();
        int later = first > 0 ? LATER : 0;
        String schema = admission.schema();
        int checked = schema.isEmpty() ? 0 : SCHEMA;
        out.octet(KeySource.ALL.indexOf(versions.by()) | indexed | later | checked);
        out.text(versions.header());
        if (first > 0) {
            out.number(first);
        }
        if (checked != 0) {
            out.text(schema);
        }
    }

    private static void encode(HeadWriter out, KeyOrder order) {
        out.octet(KeySource.ALL.indexOf(order.by())).text(order.header());
    }

    private static KeyOrder keyOrder(HeadReader in) {
        return new KeyOrder(KeySource.ALL.get(in.octet()), in.text());
    }

    public static void encode(HeadWriter out, Filter filter) {
        String transform = filter.transform();
        out.text(
                transform.isEmpty()
                        ? filter.sql()
                        : filter.sql() + Filter.BEFORE_TRANSFORM + transform);
        out.text(String.join(BETWEEN_SUBJECTS, filter.subjects()));
        FieldValues.encodeMap(out, filter.headers());
    }

    public static void encode(HeadWriter out, Interest interest) {
        encode(out, interest.filter());
        out.signed(interest.messageMs());
    }

    /// What [#encode(HeadWriter,Interest)] leaves out.
    public static void encodeHandling(HeadWriter out, Interest interest) {
        out.signed(interest.retryLimit()).signed(interest.ackTimeoutMs());
    }

    /// The same interest with what [#encodeHandling] wrote.
    public static Interest handled(HeadReader in, Interest interest) {
        return interest.handled((int) in.signed(), in.signed());
    }

    /// All there is to say of an interest.
    public static void encodeWhole(HeadWriter out, Interest interest) {
        encode(out, interest);
        encodeHandling(out, interest);
        out.text(interest.note());
    }

    /// Takes back what [#encodeWhole] wrote.
    public static Interest wholeInterest(HeadReader in) {
        return handled(in, interest(in)).noted(in.text());
    }

    public static Interest interest(HeadReader in) {
        return new Interest(filter(in), in.signed());
    }

    public static Filter filter(HeadReader in) {
        String text = in.text();
        int end = text.indexOf(Filter.BEFORE_TRANSFORM);
        String sql = end < 0 ? text : text.substring(0, end);
        String transform = end < 0 ? "" : text.substring(end + 1);
        String subject = in.text();
        List<String> subjects =
                subject.isEmpty() ? List.of() : List.of(subject.split(BETWEEN_SUBJECTS, -1));
        return new Filter(sql, FieldValues.decodeMap(in), subjects, transform);
    }

    public static QueuePolicy decode(HeadReader in) {
        int said = in.integer();
        if (said == 0) {
            return QueuePolicy.NONE;
        }
        return new QueuePolicy(
                (said & EXPIRY) == 0 ? Expiry.NEVER : new Expiry(in.signed(), in.signed()),
                (said & LIMITS) == 0 ? Limits.NONE : limits(in),
                (said & DEAD_LETTERS) == 0 ? null : new DeadLetters(in.text(), in.optionalText()),
                (said & RETRY) == 0 ? Retry.FOREVER : retry(in),
                service(in, said),
                (said & ADMISSION) == 0 ? Admission.FREE : admission(in),
                (said & KEEP) == 0 ? Keep.NOTHING : new Keep(in.signed(), in.signed()));
    }

    private static Service service(HeadReader in, int said) {
        Service service = (said & SERVICE) == 0 ? Service.PLAIN : service(in);
        if ((said & KEY_ORDER) != 0) {
            service = service.with(keyOrder(in));
        }
        service = (said & FILTER) == 0 ? service : service.with(filter(in));
        return (said & FAIR_SHARE) == 0 ? service : service.sharing(keyOrder(in));
    }

    private static Service service(HeadReader in) {
        boolean singleActive = in.flag();
        Priorities priorities = new Priorities(in.integer(), in.octet());
        return new Service(singleActive, priorities, in.signed());
    }

    private static Admission admission(HeadReader in) {
        Deduplication window = new Deduplication(in.number(), in.integer());
        int said = in.octet();
        return new Admission(
                window,
                new KeyOrder(KeySource.ALL.get(said & (SCHEMA - 1)), in.text()),
                (said & INDEXED) != 0,
                (said & LATER) != 0 ? in.number() : 0,
                (said & SCHEMA) != 0 ? in.text() : "");
    }

    private static Limits limits(HeadReader in) {
        return new Limits(in.signed(), in.signed(), Overflow.ALL.get(in.octet()));
    }

    private static Retry retry(HeadReader in) {
        int limit = (int) in.signed();
        int said = in.octet();
        return new Retry(
                limit,
                Growth.ALL.get(said & ((1 << RETURNS_SHIFT) - 1)),
                in.number(),
                in.number(),
                Returns.ALL_KINDS.get(said >> RETURNS_SHIFT));
    }
}
