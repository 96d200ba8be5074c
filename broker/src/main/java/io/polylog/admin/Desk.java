package io.polylog.admin;

import io.polylog.broker.Broker;
import io.polylog.broker.Publication.Content;
import io.polylog.http.Place;
import io.polylog.message.Message;
import io.polylog.message.Revision;
import io.polylog.net.Connections;
import io.polylog.security.Authenticator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What operators work with over HTTP, once the broker is there.
///
/// @param broker theirs
/// @param users who may log in, or null: everybody from this machine
/// @param codecs opens and changes what is stored
/// @param connections of all protocols
/// @param pages that the tools of one protocol ask for
public record Desk(
        Broker broker,
        @Nullable Authenticator users,
        Codecs codecs,
        Connections connections,
        Pages pages)
        implements Place {
    /// Opens and changes what any protocol stored. Any thread.
    public interface Codecs {
        /// The messages in a stored record; throws IllegalArgumentException where it holds none.
        List<Message> open(Content content);

        /// The same message, but for what is said; throws IllegalArgumentException where that
        /// cannot be.
        Content revise(Content content, Revision revision);
    }
}
