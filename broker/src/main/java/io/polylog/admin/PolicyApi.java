package io.polylog.admin;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Filter;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.Rule;
import io.polylog.broker.Session;
import io.polylog.http.Answers;
import io.polylog.http.Endpoint;
import io.polylog.http.Request;
import io.polylog.http.RequestLoop;
import io.polylog.http.Routes;
import io.polylog.message.TopicName;
import io.polylog.security.Principal;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What operators say of queues and exchanges by their names, over HTTP, below `/api/v1/policies`:
/// `GET` all, `POST set` and `POST delete` one. Each request on its own thread.
final class PolicyApi {
    private static final String PATH = "/api/v1/policies";

    private final Answers<Desk> answers;

    PolicyApi(Answers<Desk> answers) {
        this.answers = answers;
    }

    void addTo(Routes routes) {
        routes.add("GET", PATH, answers.answering((desk, _, _) -> list(desk)));
        routes.add("POST", PATH + "/set", ordering(true));
        routes.add("POST", PATH + "/delete", ordering(false));
    }

    private Endpoint ordering(boolean add) {
        return answers.answering((desk, who, request) -> order(desk, who, request, add));
    }

    /// A request's body; what is left out says nothing. Times in milliseconds.
    record Order(
            @Nullable String namespace,
            @Nullable String name,
            @Nullable String pattern,
            @Nullable Integer priority,
            @Nullable Long messageTtlMs,
            @Nullable Long expiresMs,
            @Nullable Long maxLength,
            @Nullable Long maxLengthBytes,
            @Nullable String overflow,
            @Nullable String deadLetterExchange,
            @Nullable String deadLetterKey,
            @Nullable String filter,
            @Nullable String transform,
            @Nullable String schema,
            @Nullable String alternateExchange,
            @Nullable String fairShare) {
        Rule rule() {
            if (name == null || name.isEmpty()) {
                throw invalid("'name' is missing: which policy?");
            }
            if (deadLetterKey != null && deadLetterExchange == null) {
                throw invalid("'deadLetterKey' needs a 'deadLetterExchange'");
            }
            return new Rule(
                    namespace == null ? TopicName.DEFAULT_NAMESPACE : namespace,
                    name,
                    pattern == null ? "" : pattern,
                    priority == null ? 0 : priority,
                    new Expiry(limit(messageTtlMs), limit(expiresMs)),
                    new Limits(limit(maxLength), limit(maxLengthBytes), overflow(overflow)),
                    deadLetterExchange == null
                            ? null
                            : new DeadLetters(deadLetterExchange, deadLetterKey),
                    Filter.sql(filter == null ? "" : filter)
                            .transforming(transform == null ? "" : transform),
                    schema == null ? "" : schema,
                    alternateExchange,
                    turns());
        }

        private KeyOrder turns() {
            KeyOrder by = fairShare == null ? KeyOrder.NONE : KeyOrder.named(fairShare);
            if (fairShare != null && by.isNone()) {
                throw invalid("'fairShare' is 'header:NAME', 'routing-key' or 'key'");
            }
            return by;
        }

        private static long limit(@Nullable Long said) {
            if (said != null && said < 0) {
                throw invalid("a limit is 0 or more, not " + said);
            }
            return said == null ? -1 : said;
        }

        private static Overflow overflow(@Nullable String said) {
            try {
                return said == null
                        ? Overflow.DROP_OLDEST
                        : Overflow.valueOf(said.toUpperCase(Locale.ROOT).replace('-', '_'));
            } catch (IllegalArgumentException unknown) {
                throw invalid("'overflow' is one of " + words(Overflow.values()));
            }
        }

        private static BrokerException invalid(String why) {
            return new BrokerException(Kind.INVALID, why);
        }
    }

    private static Object list(Desk desk) {
        return desk.broker().definitions().standingRules().stream().map(PolicyApi::shown).toList();
    }

    private Object order(Desk desk, Principal who, Request request, boolean add) {
        Rule rule = Answers.read(request, Order.class).rule();
        RequestLoop loop = new RequestLoop(answers::isClosing);
        try (Session session = desk.broker().session(who, loop)) {
            loop.await(session.operations().rule(rule, add));
        }
        return Map.of("name", rule.name());
    }

    private static Map<String, Object> shown(Rule rule) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("namespace", rule.namespace());
        shown.put("name", rule.name());
        shown.put("pattern", rule.pattern());
        shown.put("priority", rule.priority());
        put(shown, "messageTtlMs", rule.expiry().messageMs());
        put(shown, "expiresMs", rule.expiry().unusedMs());
        put(shown, "maxLength", rule.limits().maxCount());
        put(shown, "maxLengthBytes", rule.limits().maxBytes());
        if (rule.limits().overflow() != Overflow.DROP_OLDEST) {
            shown.put("overflow", words(rule.limits().overflow()));
        }
        DeadLetters letters = rule.deadLetters();
        if (letters != null) {
            shown.put("deadLetterExchange", letters.exchange());
            put(shown, "deadLetterKey", letters.routingKey());
        }
        put(shown, "filter", saying(rule.filter().sql()));
        put(shown, "transform", saying(rule.filter().transform()));
        put(shown, "schema", saying(rule.schema()));
        put(shown, "alternateExchange", rule.alternate());
        put(shown, "fairShare", rule.fairShare().isNone() ? null : rule.fairShare().name());
        return shown;
    }

    private static @Nullable String saying(String text) {
        return text.isEmpty() ? null : text;
    }

    private static void put(Map<String, Object> shown, String name, long limit) {
        if (limit >= 0) {
            shown.put(name, limit);
        }
    }

    private static void put(Map<String, Object> shown, String name, @Nullable String said) {
        if (said != null) {
            shown.put(name, said);
        }
    }

    private static String words(Overflow... values) {
        return String.join(", ", Arrays.stream(values).map(PolicyApi::word).toList());
    }

    private static String word(Overflow value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
