package io.polylog.broker.live;

import io.polylog.broker.LiveMessage;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Publication.Content;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends what one session published to those who listen. It is full while more is on its way to
/// their loops than they have taken: then nothing more of the session is decided, and that pushes
/// back to its sender. On the session's loop.
public final class LiveOutlet {
    private static final Logger log = LoggerFactory.getLogger(LiveOutlet.class);

    /// Bytes on their way from which on it is full.
    private static final long FULL_BYTES = 1 << 20;

    /// What a message costs beside its bytes.
    private static final int EACH_BYTES = 64;

    private final Mailbox loop;
    private final Runnable resumed;
    private final AtomicLong underWay = new AtomicLong();

    /// One message for an audience.
    ///
    /// @param timeMs now, in milliseconds since 1970
    public record Copy(Audience audience, String subject, Content content, long timeMs) {}

    /// @param resumed run on the loop when it is not full any more
    public LiveOutlet(Mailbox loop, Runnable resumed) {
        this.loop = loop;
        this.resumed = resumed;
    }

    public boolean isFull() {
        return underWay.get() >= FULL_BYTES;
    }

    /// Sends copies, in order. Those with the same audience go together.
    public void send(List<Copy> copies) {
        int from = 0;
        for (int at = 1; at <= copies.size(); at++) {
            if (at == copies.size() || copies.get(at).audience() != copies.get(from).audience()) {
                sendRun(copies.subList(from, at));
                from = at;
            }
        }
    }

    private void sendRun(List<Copy> run) {
        Audience audience = run.getFirst().audience;
        List<Copy> taken = List.copyOf(run);
        for (Audience.Seats seats : audience.seats()) {
            post(seats, taken);
        }
        for (Audience.Group group : audience.groups()) {
            share(group, taken);
        }
    }

    /// Gives each message to the member of a group whose turn it is.
    private void share(Audience.Group group, List<Copy> run) {
        Map<Listening, List<Copy>> shares = new LinkedHashMap<>();
        for (Copy copy : run) {
            shares.computeIfAbsent(group.next(), _ -> new ArrayList<>()).add(copy);
        }
        shares.forEach(
                (member, share) -> post(new Audience.Seats(member.loop(), List.of(member)), share));
    }

    private void post(Audience.Seats seats, List<Copy> run) {
        long bytes = 0;
        for (Copy copy : run) {
            bytes += EACH_BYTES + copy.content.bytes().remaining();
        }
        long size = bytes;
        underWay.addAndGet(size);
        seats.loop().post(() -> hear(seats, run, size));
    }

    /// On the listeners' loop: the messages are made there, once for all of them.
    private void hear(Audience.Seats seats, List<Copy> run, long bytes) {
        try {
            List<LiveMessage> messages = new ArrayList<>(run.size());
            for (Copy copy : run) {
                messages.add(new LiveMessage(copy.subject, copy.content, copy.timeMs));
            }
            for (Listening each : seats.listening()) {
                hear(each, messages);
            }
        } finally {
            taken(bytes);
        }
    }

    /// What one listener does is no harm to the others.
    private static void hear(Listening each, List<LiveMessage> messages) {
        try {
            each.hear(messages);
        } catch (RuntimeException e) {
            log.error("a listener failed", e);
        }
    }

    private void taken(long bytes) {
        long before = underWay.getAndAdd(-bytes);
        if (before >= FULL_BYTES && before - bytes < FULL_BYTES) {
            loop.post(resumed);
        }
    }
}
