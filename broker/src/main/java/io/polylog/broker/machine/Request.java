package io.polylog.broker.machine;

import io.polylog.broker.Mailbox;
import io.polylog.log.Batch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A batch of commands somebody waits for. Results come from apply on the machine's thread; then it
/// is answered once on its mailbox, however often the engine applies or refuses the batch.
public abstract class Request implements Batch.Proposer {
    private final Mailbox mailbox;
    private final AtomicBoolean claimed = new AtomicBoolean();

    protected Request(Mailbox mailbox) {
        this.mailbox = mailbox;
    }

    public final Mailbox mailbox() {
        return mailbox;
    }

    /// Called by apply before it gives results.
    ///
    /// @return false when it was answered before: then it hears nothing more
    public final boolean claim() {
        return claimed.compareAndSet(false, true);
    }

    /// What apply says about a command of the batch; on the machine's thread, before [#answered].
    ///
    /// @param command its place in the batch
    public void result(int command, Result result) {}

    /// It is over. On the mailbox.
    ///
    /// @param refusal null when it was applied
    public abstract void answered(Batch.@Nullable Refusal refusal);

    /// Applied, and answered by apply; unless the engine lost the way from one to the other.
    @Override
    public final void done(long index, long epoch) {
        refused(Batch.Refusal.UNKNOWN);
    }

    @Override
    public final void refused(Batch.Refusal refusal) {
        if (claim()) {
            mailbox.post(() -> answered(refusal));
        }
    }
}
