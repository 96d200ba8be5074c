package io.polylog.broker.machine;

import io.polylog.broker.Mailbox;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a commit has to say, gathered per mailbox so that each loop is woken once. On the machine's
/// thread.
public final class Effects {
    /// In order of what was said first: a simulation must go the same way each time.
    private Map<Mailbox, List<Runnable>> byMailbox = new LinkedHashMap<>();

    /// Runs a task on a mailbox when the commit is over.
    public void post(Mailbox mailbox, Runnable task) {
        byMailbox.computeIfAbsent(mailbox, m -> new ArrayList<>()).add(task);
    }

    /// Answers a request when the commit is over.
    public void answer(Request request) {
        post(request.mailbox(), () -> request.answered(null));
    }

    /// The commit is over. What the mailboxes do at once may gather new effects: they leave too.
    public void flush() {
        while (!byMailbox.isEmpty()) {
            Map<Mailbox, List<Runnable>> leaving = byMailbox;
            byMailbox = new LinkedHashMap<>();
            leaving.forEach((mailbox, tasks) -> mailbox.post(() -> tasks.forEach(Runnable::run)));
        }
    }
}
