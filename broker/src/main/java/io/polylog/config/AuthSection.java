package io.polylog.config;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// `[auth]`: who may connect.
///
/// @param unsafeOpen whoever reaches a port may do anything, from other machines too
/// @param users the hashes of their passwords by name; none: every login is taken
public record AuthSection(boolean unsafeOpen, Map<String, String> users) {
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
    private static final Pattern HASH =
            Pattern.compile("pbkdf2_sha256\\$\\d{5,8}\\$[^$]+\\$[A-Za-z0-9+/]{43}=");
    static final List<Setting<?>> SETTINGS = List.of(UNSAFE_OPEN, USERS);

    public AuthSection {
        users = Map.copyOf(users);
    }

    static AuthSection of(Values values) {
        Map<String, String> users = values.entries(USERS);
        users.forEach((name, hash) -> {
            if (!HASH.matcher(hash).matches()) {
                // Not repeated: it may be the password itself.
                values.problem(USERS.prefix() + name, "must be a hash: " + USERS.kind().shape());
            }
        });
        return new AuthSection(values.of(UNSAFE_OPEN), users);
    }
}
