package io.polylog.protocol.webhook;

import io.polylog.protocol.webhook.Definition.From;
import io.polylog.protocol.webhook.Definition.Mode;
import io.polylog.protocol.webhook.Definition.Source;
import io.polylog.protocol.webhook.Definition.State;
import io.polylog.protocol.webhook.Definition.Terms;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What an operator says of a webhook, in JSON; what is left out is null. `docs/webhooks.md` has
/// the members.
record Asked(
        @Nullable String url,
        @Nullable String queue,
        @Nullable String topic,
        @Nullable String subscription,
        @Nullable String from,
        @Nullable String mode,
        @Nullable Map<String, String> headers,
        @Nullable Integer concurrency,
        @Nullable Integer ratePerSecond,
        @Nullable Integer timeoutMs,
        @Nullable List<Long> retryMs,
        @Nullable List<String> secrets) {
    private static final int USUAL_CONCURRENCY = 8;
    private static final int MOST_CONCURRENCY = 256;
    private static final int MOST_RATE = 1_000_000;
    private static final int USUAL_TIMEOUT_MS = 15_000;
    private static final int MOST_TIMEOUT_MS = 300_000;
    private static final long MOST_RETRY_MS = 7L * 86_400_000;
    private static final int MOST_RETRIES = 100;
    private static final int MOST_HEADERS = 32;
    private static final int MOST_HEADER_CHARS = 4096;
    private static final int MOST_SECRETS = 4;

    /// That of Standard Webhooks, after the first attempt: 5 s, 5 and 30 min, 2, 5, 10, 14, 20 and
    /// 24 h.
    private static final List<Long> USUAL_RETRY_MS =
            List.of(
                    5_000L,
                    300_000L,
                    1_800_000L,
                    7_200_000L,
                    18_000_000L,
                    36_000_000L,
                    50_400_000L,
                    72_000_000L,
                    86_400_000L);

    /// Headers that say how a request is sent.
    private static final Set<String> OWN =
            Set.of(
                    "host",
                    "content-length",
                    "content-type",
                    "content-encoding",
                    "transfer-encoding",
                    "connection",
                    "keep-alive",
                    "upgrade",
                    "te",
                    "trailer",
                    "expect");

    /// The webhook that is asked for.
    ///
    /// @param made its secrets where none are said
    /// @throws IllegalArgumentException naming the member that makes no sense
    Definition definition(HookName key, String owner, List<String> made, AddressGuard guard) {
        List<String> keys = secrets == null ? made : checkedSecrets(secrets);
        return new Definition(key, owner, source(key), terms(guard), keys, State.ACTIVE);
    }

    private Source source(HookName key) {
        if ((queue == null) == (topic == null)) {
            throw new IllegalArgumentException("a webhook has a queue or a topic");
        }
        if (queue != null) {
            String named = subscription == null ? "" : subscription;
            return new Source(queue, named, false, begins());
        }
        boolean own = subscription == null;
        String name = own ? "webhook-" + key.name() : subscription;
        return new Source(topic == null ? "" : topic, name == null ? "" : name, own, begins());
    }

    private From begins() {
        return from == null ? From.NEXT : oneOf("from", From.values(), from);
    }

    private static <E extends Enum<E>> E oneOf(String member, E[] all, String said) {
        for (E each : all) {
            if (word(each).equals(said)) {
                return each;
            }
        }
        throw new IllegalArgumentException(
                member + ": one of " + Arrays.stream(all).map(Asked::word).toList());
    }

    /// How a choice is said.
    static String word(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private Terms terms(AddressGuard guard) {
        if (url == null) {
            throw new IllegalArgumentException("url: is missing");
        }
        Target target = Target.of(url);
        if (!target.secure() && !guard.trusts(target.host())) {
            throw new IllegalArgumentException(
                    "url: begins with https:// unless its host is among webhooks.private_hosts");
        }
        return new Terms(
                url,
                mode == null ? Mode.RAW : oneOf("mode", Mode.values(), mode),
                checkedHeaders(headers == null ? Map.of() : headers),
                number("concurrency", concurrency, USUAL_CONCURRENCY, 1, MOST_CONCURRENCY),
                number("ratePerSecond", ratePerSecond, 0, 0, MOST_RATE),
                number("timeoutMs", timeoutMs, USUAL_TIMEOUT_MS, 10, MOST_TIMEOUT_MS),
                checkedRetries(retryMs == null ? USUAL_RETRY_MS : retryMs));
    }

    private static int number(
            String member, @Nullable Integer said, int usual, int least, int most) {
        int number = said == null ? usual : said;
        if (number < least || number > most) {
            throw new IllegalArgumentException(
                    member + ": a number from " + least + " to " + most + ", not " + number);
        }
        return number;
    }

    private static List<Long> checkedRetries(List<Long> all) {
        boolean sound =
                all.size() <= MOST_RETRIES
                        && all.stream()
                                .allMatch(ms -> ms != null && ms >= 0 && ms <= MOST_RETRY_MS);
        if (!sound) {
            throw new IllegalArgumentException(
                    "retryMs: at most "
                            + MOST_RETRIES
                            + " delays of 0 to "
                            + MOST_RETRY_MS
                            + " ms");
        }
        return all;
    }

    private static Map<String, String> checkedHeaders(Map<String, String> said) {
        Map<String, String> all = new LinkedHashMap<>();
        said.forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!FieldText.isName(name) || OWN.contains(lower) || lower.startsWith("webhook-")) {
                throw new IllegalArgumentException("headers: '" + lower + "' cannot be set");
            }
            boolean plain = value != null && value.chars().allMatch(c -> c >= ' ' && c < 0x7f);
            if (!plain || value.length() > MOST_HEADER_CHARS) {
                throw new IllegalArgumentException(
                        "headers: the value of '" + lower + "' is no printable ASCII");
            }
            all.put(lower, value);
        });
        if (all.size() > MOST_HEADERS) {
            throw new IllegalArgumentException("headers: at most " + MOST_HEADERS);
        }
        return all;
    }

    private static List<String> checkedSecrets(List<String> said) {
        if (said.isEmpty()
                || said.size() > MOST_SECRETS
                || new HashSet<>(said).size() < said.size()) {
            throw new IllegalArgumentException("secrets: 1 to " + MOST_SECRETS + ", each another");
        }
        said.forEach(secret -> Signer.bytes(secret == null ? "" : secret));
        return said;
    }
}
