package io.polylog.protocol.nats;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a client says in CONNECT; until then it is taken to have said what [#FIRST] says, as
/// nats-server takes it.
///
/// @param verbose whether each command is answered by +OK
/// @param pedantic whether subjects of messages are looked at
/// @param echo whether it hears what it publishes itself
/// @param headers whether it understands them
/// @param noResponders whether it wants to know when nobody hears a request
/// @param protocol 1 for who understands INFO at any time
/// @param credentials who it says it is
/// @param library what it says of itself
record ConnectOptions(
        boolean verbose,
        boolean pedantic,
        boolean echo,
        boolean headers,
        boolean noResponders,
        int protocol,
        Credentials credentials,
        Library library) {
    static final ConnectOptions FIRST =
            new ConnectOptions(
                    true,
                    true,
                    true,
                    false,
                    false,
                    0,
                    new Credentials("", "", ""),
                    new Library("", "", ""));

    private static final JsonMapper JSON = JsonMapper.shared();

    /// Who it says it is; each is "" where it says none.
    ///
    /// @param token in place of user and password
    record Credentials(String user, String password, String token) {}

    /// What the client says of itself; each is "" where it says nothing.
    ///
    /// @param name that its people gave it
    /// @param language it is written in
    /// @param version of its library
    record Library(String name, String language, String version) {}

    /// Reads it; what it does not say stays as it was.
    ///
    /// @throws NatsException where it is no JSON, or a value of another type than it should be
    ConnectOptions with(String json) {
        try {
            JsonNode said = JSON.readTree(json);
            if (!said.isObject()) {
                throw NatsException.silent("CONNECT without an object");
            }
            return new ConnectOptions(
                    truth(said, "verbose", verbose),
                    truth(said, "pedantic", pedantic),
                    truth(said, "echo", echo),
                    truth(said, "headers", headers),
                    truth(said, "no_responders", noResponders),
                    number(said, "protocol", protocol),
                    new Credentials(
                            text(said, "user", credentials.user),
                            text(said, "pass", credentials.password),
                            text(said, "auth_token", credentials.token)),
                    new Library(
                            text(said, "name", library.name),
                            text(said, "lang", library.language),
                            text(said, "version", library.version)));
        } catch (JacksonException malformed) {
            throw NatsException.silent("CONNECT with malformed JSON");
        }
    }

    private static boolean truth(JsonNode said, String name, boolean before) {
        JsonNode value = said.get(name);
        if (value == null || value.isNull()) {
            return before;
        }
        require(value.isBoolean(), name);
        return value.booleanValue();
    }

    private static int number(JsonNode said, String name, int before) {
        JsonNode value = said.get(name);
        if (value == null || value.isNull()) {
            return before;
        }
        require(value.isInt(), name);
        return value.intValue();
    }

    private static String text(JsonNode said, String name, String before) {
        JsonNode value = said.get(name);
        if (value == null || value.isNull()) {
            return before;
        }
        require(value.isString(), name);
        return value.stringValue();
    }

    private static void require(boolean right, String name) {
        if (!right) {
            throw NatsException.silent("CONNECT with another type of " + name);
        }
    }
}
