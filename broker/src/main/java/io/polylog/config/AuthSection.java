package io.polylog.config;

import java.util.List;

/// `[auth]`: who may connect.
///
/// @param unsafeOpen whoever reaches a port may do anything, from other machines too
public record AuthSection(boolean unsafeOpen) {
    static final Setting<Boolean> UNSAFE_OPEN =
            new Setting<>(
                    "auth.unsafe-open",
                    Kind.SWITCH,
                    "false",
                    "Lets in whoever reaches a port, from other machines too. For a container"
                            + " network or behind a firewall.");
    static final List<Setting<?>> SETTINGS = List.of(UNSAFE_OPEN);

    static AuthSection of(Values values) {
        return new AuthSection(values.of(UNSAFE_OPEN));
    }
}
