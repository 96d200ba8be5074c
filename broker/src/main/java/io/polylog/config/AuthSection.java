package io.polylog.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// `[auth]`: who may connect, and do what.
///
/// @param unsafeOpen whoever reaches a port may do anything, from other machines too
/// @param users the hashes of their passwords by name; none: every login is taken
/// @param permissions by user, `*` for everybody else: regular expressions for names by operation
///   (`configure`, `write`, `read`); none: everybody may do everything
public record AuthSection(
        boolean unsafeOpen,
        Map<String, String> users,
        Map<String, Map<String, String>> permissions) {
    private static final Set<String> OPERATIONS = Set.of("configure", "write", "read");

    static final Setting<Boolean> UNSAFE_OPEN =
            new Setting<>(
                    "auth.unsafe-open",
                    Kind.SWITCH,
                    "false",
                    "Lets in whoever reaches a port, from other machines too. For a container"
                            + " network or behind a firewall.");
    static final Setting<String> USERS =
            new Setting<>(
                    "auth.users.*",
                    new Kind<>("`pbkdf2_sha256$ITERATIONS$SALT$HASH`", text -> text),
                    "",
                    "A user and the hash of the password; the name stands for `*`. Without any,"
                            + " every login is taken. With one, protocols that cannot log in yet"
                            + " (Kafka's) are not served.");
    static final Setting<Map<String, String>> PERMISSIONS =
            new Setting<>(
                    "auth.permissions.*",
                    new Kind<>(
                            "`configure=REGEX write=REGEX read=REGEX`, each of them at most once",
                            AuthSection::patterns),
                    "",
                    "What a user may do to queues, topics, exchanges and subjects whose names"
                            + " contain a match, as with RabbitMQ; what is missing allows nothing."
                            + " The user's name stands for `*`, and `*` itself for everybody"
                            + " without a line. Without any line everybody may do everything. A"
                            + " binding of `amq.topic` also needs `read` of its key.");
    private static final Pattern HASH =
            Pattern.compile("pbkdf2_sha256\\$\\d{5,8}\\$[^$]+\\$[A-Za-z0-9+/]{43}=");
    static final List<Setting<?>> SETTINGS = List.of(UNSAFE_OPEN, USERS, PERMISSIONS);

    public AuthSection {
        users = Map.copyOf(users);
        permissions = Map.copyOf(permissions);
    }

    static AuthSection of(Values values) {
        Map<String, String> users = values.entries(USERS);
        users.forEach((name, hash) -> {
            if (!HASH.matcher(hash).matches()) {
                // Not repeated: it may be the password itself.
                values.problem(USERS.prefix() + name, "must be a hash: " + USERS.kind().shape());
            }
        });
        Map<String, Map<String, String>> permissions = new HashMap<>();
        values.entries(PERMISSIONS)
                .forEach((name, line) -> {
                    try {
                        permissions.put(name, patterns(line));
                    } catch (IllegalArgumentException nonsense) {
                        values.problem(
                                PERMISSIONS.prefix() + name,
                                "must be " + PERMISSIONS.kind().shape() + ", not \"" + line + "\"");
                    }
                });
        return new AuthSection(values.of(UNSAFE_OPEN), users, permissions);
    }

    /// @throws PatternSyntaxException where what stands for a pattern is none
    private static Map<String, String> patterns(String line) {
        Map<String, String> patterns = new HashMap<>();
        for (String part : line.isBlank() ? new String[0] : line.strip().split(" +")) {
            String operation = part.substring(0, Math.max(0, part.indexOf('=')));
            String pattern = part.substring(operation.length()).replaceFirst("=", "");
            if (!OPERATIONS.contains(operation) || patterns.containsKey(operation)) {
                throw new IllegalArgumentException(part);
            }
            patterns.put(operation, Pattern.compile(pattern).pattern());
        }
        return Map.copyOf(patterns);
    }
}
