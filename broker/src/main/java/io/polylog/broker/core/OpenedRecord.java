package io.polylog.broker.core;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import io.polylog.message.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The stored record that was opened last: it is opened once, however many of its messages are
/// asked about. Used by one thread.
final class OpenedRecord {
    private final Surroundings.Opener opener;
    private @Nullable Content opened;
    private List<Metadata> messages = List.of();
    private @Nullable Content openedWhole;
    private List<Message> wholes = List.of();

    OpenedRecord(Surroundings.Opener opener) {
        this.opener = opener;
    }

    /// What a filter may ask of a message; null where the record cannot be opened.
    ///
    /// @param place of the message in the record, from 0
    @SuppressWarnings("ReferenceEquality") // one record is asked for message by message
    @Nullable Metadata message(Content content, int place) {
        if (content != opened) {
            opened = content;
            messages = opener.openAll(content);
        }
        return place < messages.size() ? messages.get(place) : null;
    }

    /// The message itself; null where the record cannot be opened.
    ///
    /// @param place of the message in the record, from 0
    @SuppressWarnings("ReferenceEquality") // as above
    @Nullable Message whole(Content content, int place) {
        if (content != openedWhole) {
            openedWhole = content;
            wholes = opener.messages(content);
        }
        return place < wholes.size() ? wholes.get(place) : null;
    }

    void forget() {
        opened = null;
        messages = List.of();
        openedWhole = null;
        wholes = List.of();
    }
}
