package io.polylog.broker.live;

import io.polylog.broker.Live;
import io.polylog.broker.LiveListener;
import io.polylog.broker.LiveMessage;
import io.polylog.broker.Mailbox;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One session's listening. On its loop, except where said.
public final class Listening implements Live {
    private final LiveTable table;
    private final Place place;
    private final Terms terms;
    private final LiveListener listener;
    private final Gate gate;
    private final Set<String> patterns = new HashSet<>(2);
    private boolean closed;

    /// Where it listens.
    ///
    /// @param session id of the one it belongs to
    public record Place(String namespace, Mailbox loop, long session) {}

    /// Whose it is.
    public interface Gate {
        /// Throws where a pattern may not be listened to.
        void require(String pattern);

        /// It hears nothing any more.
        void closed(Listening listening);
    }

    public Listening(LiveTable table, Place place, Terms terms, LiveListener listener, Gate gate) {
        this.table = table;
        this.place = place;
        this.terms = terms;
        this.listener = listener;
        this.gate = gate;
    }

    /// Any thread.
    String namespace() {
        return place.namespace;
    }

    /// Any thread.
    Mailbox loop() {
        return place.loop;
    }

    /// The group in which it listens, or null. Any thread.
    @Nullable String group() {
        return terms.group();
    }

    /// Whether it hears what a session publishes. Any thread.
    boolean hears(long session) {
        return terms.own() || place.session != session;
    }

    /// Whether it is of a session. Any thread.
    boolean isOf(long session) {
        return place.session == session;
    }

    /// Any thread.
    LiveListener listener() {
        return listener;
    }

    @Override
    public void add(String pattern) {
        gate.require(pattern);
        if (!closed && patterns.add(pattern)) {
            table.add(pattern, this);
        }
    }

    @Override
    public void remove(String pattern) {
        if (patterns.remove(pattern)) {
            table.remove(pattern, this);
        }
    }

    @Override
    public void close() {
        closed = true;
        gate.closed(this);
        List.copyOf(patterns).forEach(this::remove);
    }

    void hear(List<LiveMessage> messages) {
        for (int i = 0; i < messages.size() && !closed; i++) {
            listener.heard(messages.get(i));
        }
        if (!closed) {
            listener.through();
        }
    }
}
