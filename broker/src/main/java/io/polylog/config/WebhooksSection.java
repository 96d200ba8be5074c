package io.polylog.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// `[webhooks]`: where webhooks may post to.
///
/// @param privateHosts hosts that may have private addresses, in lower case; `*` stands for all
/// @param trustFile certificates that are trusted in place of the JDK's, or ""
public record WebhooksSection(Set<String> privateHosts, String trustFile) {
    static final Setting<Set<String>> PRIVATE_HOSTS =
            new Setting<>(
                    "webhooks.private_hosts",
                    new Kind<>(
                            "names or addresses with commas between them, or \"*\"",
                            WebhooksSection::hosts),
                    "",
                    "Hosts that webhooks may reach at private addresses too, and without TLS. `*`:"
                            + " all of them. Others must have public addresses and `https`.");
    static final Setting<String> TRUST_FILE =
            new Setting<>(
                    "webhooks.trust_file",
                    Kind.TEXT,
                    "",
                    "Certificates in PEM of authorities that webhooks trust. Empty: those that Java"
                            + " trusts.");
    static final List<Setting<?>> SETTINGS = List.of(PRIVATE_HOSTS, TRUST_FILE);

    public WebhooksSection {
        privateHosts = Set.copyOf(privateHosts);
    }

    static WebhooksSection of(Values values) {
        return new WebhooksSection(values.of(PRIVATE_HOSTS), values.of(TRUST_FILE));
    }

    private static Set<String> hosts(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(host -> !host.isEmpty())
                .map(host -> host.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }
}
