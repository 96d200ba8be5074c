package io.polylog.protocol.http;

import io.polylog.broker.Broker;
import io.polylog.http.Place;
import io.polylog.security.Authenticator;
import org.jspecify.annotations.Nullable;

/// What requests work with, once the broker is there.
///
/// @param broker theirs
/// @param users who may log in, or null: everybody from this machine
/// @param settings what is not the client's to decide
/// @param schedules all there are
public record HttpPlace(
        Broker broker, @Nullable Authenticator users, HttpSettings settings, Schedules schedules)
        implements Place {}
